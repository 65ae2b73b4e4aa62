/* Anderson acceleration of a fixed point x <- G(x) = x - f(x) (history.c), a step at a time: the loops of its users evaluate and test.

   SNESANDERSON differs: here the history is in single precision, the path does not depend on the number of ranks, an iterate whose residual
   has grown is left by a plain step with a new history, and the mixing is found on the way: the relaxed fixed point contracts for energies
   whose variation is local, but W * q answers to changes of q elsewhere, by many times what the relaxation allows for where eps is small.
   How much a plain step changes the residual tells by how many times. */
#include <jko/private/andersonimpl.h>
#include <jko/private/sinkhornimpl.h>

#define ANDERSON_GROWTH 2.5 /* over the best residual, that ends a history */
#define ANDERSON_STIFF  1.5 /* change of the residual over that of a plain step which makes the next steps shorter */

/* A solve, or new weights of the cells: nothing that came before counts. */
void AndersonBegin(Anderson *a, PetscBool adapts)
{
  AndersonHistoryRestart(&a->history);
  a->norm   = 0;
  a->best   = PETSC_MAX_REAL;
  a->mixing = 1;
  a->moved  = 0;
  a->adapts = adapts;
}

/* Takes x and f into the history. Collective. */
PetscErrorCode AndersonMeasure(Anderson *a, Vec x, Vec f)
{
  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Accelerate, x, f, 0, 0));
  PetscCall(AndersonHistoryAdd(&a->history, x, f, &a->norm));
  PetscCall(PetscLogEventEnd(Sinkhorn_Accelerate, x, f, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* After a plain step: shorter ones, where the residual has changed by more than the step. */
static void AndersonMix(Anderson *a)
{
  const AndersonHistory *h       = &a->history;
  const PetscReal        changed = h->count ? PetscSqrtReal(h->gram[h->newest][h->newest]) : 0;

  if (changed > 0 && a->mixing * changed > ANDERSON_STIFF * a->moved) a->mixing = a->moved / changed;
}

/* The next x, after AndersonMeasure(). A residual that has grown beyond the best, or a history without information, starts a new one by a
   plain step. Not collective. */
PetscErrorCode AndersonAdvance(Anderson *a, Vec x)
{
  AndersonHistory *h                         = &a->history;
  PetscReal        gamma[ANDERSON_MAX_DEPTH] = {0};
  PetscBool        accelerate                = (PetscBool)(a->norm <= ANDERSON_GROWTH * a->best && AndersonHistorySolve(h, gamma));

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Accelerate, x, 0, 0, 0));
  if (a->adapts && a->moved > 0) AndersonMix(a);
  if (!accelerate) h->count = h->next = 0;
  a->best  = accelerate ? PetscMin(a->best, a->norm) : a->norm;
  a->moved = h->count ? 0 : a->mixing * a->norm;
  PetscCall(AndersonHistoryNext(h, h->count, gamma, a->mixing, x));
  PetscCall(PetscLogEventEnd(Sinkhorn_Accelerate, x, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Any residual is progress at first. */
void ProgressBegin(Progress *p)
{
  p->best = PETSC_MAX_REAL;
}

/* Iterations since the residual was last a hundredth below the best before it. */
PetscInt ProgressWaited(Progress *p, PetscInt iteration, PetscReal residual)
{
  if (residual < 0.99 * p->best) {
    p->best      = residual;
    p->iteration = iteration;
  }
  return iteration - p->iteration;
}
