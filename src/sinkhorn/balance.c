/* The mass of the prox as a function of a constant c added to log p,

     m(c) = sum of e^u(lp + c) / sum of rho_k,     of species one c each,

   and the c that makes it 1: the maximum of the dual objective along constant potentials. The fixed point itself finds it only in
   steps of log m per sweep, while a large tau asks for c of the order of tau F'; one c costs a few sweeps without the kernel. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

#define BALANCE_MAX_IT 60
#define BALANCE_TOL    0.1  /* of log m */
#define BALANCE_BOUND  1e14 /* of c, what the kernel takes */
#define BALANCE_ROUNDS 6    /* over the species: one moves the others' mass as well */

/* The prox of a chunk with c added to lp of species k: its density q, and q (1 - pull) du, the derivative in c. */
static void BalanceChunk(Sinkhorn s, PetscInt k, PetscReal c, PetscInt first, PetscInt n, const PetscScalar lp[], const PetscScalar guess[],
                         PetscReal q[], PetscReal dq[])
{
  const PetscInt   species = EnergyDensities(s->energy);
  EnergyArrays     shifted, u, du = {{0}}, pull = {{0}};
  EnergyConstParts in;
  EnergyParts      root, slope, pulls;

  for (PetscInt j = 0; j < species; j++) {
    const PetscInt cell = j * s->cells + first;

    for (PetscInt i = 0; i < n; i++) {
      shifted[j][i] = SinkhornIsReached(lp[cell + i]) ? lp[cell + i] + (j == k ? c : 0) : -SINKHORN_LARGEST;
      u[j][i]       = guess[cell + i];
    }
    in[j]    = shifted[j];
    root[j]  = u[j];
    slope[j] = du[j];
    pulls[j] = pull[j];
  }
  EnergyProxAllChunk(s->energy, s->theta, s->lambda, first, n, in, root, slope, species > 1 ? pulls : NULL);
  EnergyExp(n, 1, u[k], q);
  for (PetscInt i = 0; i < n; i++) q[i] = SinkhornIsReached(lp[k * s->cells + first + i]) ? q[i] : 0;
  for (PetscInt i = 0; i < n; i++) dq[i] = q[i] * du[k][i] * (species > 1 ? 1 - pull[k][i] : 1);
}

/* log m(c) of species k and its derivative. Collective. */
static PetscErrorCode BalanceMass(Sinkhorn s, PetscInt k, PetscReal c, PetscReal *log_mass, PetscReal *slope)
{
  const PetscScalar *lp, *guess;
  Sum                sums[2] = {{{0}, {0}}, {{0}, {0}}};
  PetscReal          totals[2];

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(s->lp, &lp));
  PetscCall(VecGetArrayRead(s->u, &guess));
  for (PetscInt first = 0; first < s->cells; first += ENERGY_CHUNK) {
    EnergyArray q = {0}, dq = {0};

    BalanceChunk(s, k, c, first, PetscMin(ENERGY_CHUNK, s->cells - first), lp, guess, q, dq);
    SumAdd(&sums[0], ENERGY_CHUNK, q);
    SumAdd(&sums[1], ENERGY_CHUNK, dq);
  }
  PetscCall(VecRestoreArrayRead(s->u, &guess));
  PetscCall(VecRestoreArrayRead(s->lp, &lp));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), 2, sums, totals));
  *log_mass = log(totals[0] / s->sum[k]);
  *slope    = totals[1] / totals[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Newton's step, within the bracket; where that tells nothing, a longer step every time. */
static PetscReal BalanceNext(PetscInt it, PetscReal c, PetscReal log_mass, PetscReal slope, PetscReal lower, PetscReal upper)
{
  const PetscReal newton = c - log_mass / slope, away = c - (log_mass > 0 ? 1 : -1) * PetscPowRealInt(2, it);

  if (newton > lower && newton < upper) return newton;
  if (lower > -BALANCE_BOUND && upper < BALANCE_BOUND) return (lower + upper) / 2;
  return PetscClipInterval(away, -BALANCE_BOUND, BALANCE_BOUND);
}

/* Moves the zero of the potentials of species k to where its prox has the mass of rho_k: beta - c, alpha + c, lp + c; adds c to s->shift.
   Leaves them alone when it has it roughly (`moved` is then false), or never does. Collective. */
static PetscErrorCode BalanceSpecies(Sinkhorn s, PetscInt k, PetscBool *moved)
{
  PetscReal c = 0, lower = -BALANCE_BOUND, upper = BALANCE_BOUND, log_mass, slope;
  Grid      grid;

  PetscFunctionBegin;
  *moved = PETSC_FALSE;
  PetscCall(BalanceMass(s, k, 0, &log_mass, &slope));
  for (PetscInt it = 0; it < BALANCE_MAX_IT && PetscAbsReal(log_mass) > BALANCE_TOL; it++) {
    if (log_mass > 0)
      upper = c;
    else
      lower = c;
    c = BalanceNext(it, c, log_mass, slope, lower, upper);
    PetscCall(BalanceMass(s, k, c, &log_mass, &slope));
  }
  if (!(PetscAbsReal(log_mass) <= BALANCE_TOL) || c == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelGetGrid(s->kernel, &grid));
  for (Vec *v[] = {&s->beta, &s->alpha, &s->lp, NULL}, **p = v; *p; p++) {
    Vec part;

    PetscCall(GridGetPart(grid, **p, k, PETSC_TRUE, &part));
    PetscCall(VecShift(part, *p == &s->beta ? -c : c));
    PetscCall(GridRestorePart(grid, **p, PETSC_TRUE, &part));
  }
  s->shift[k] += c;
  *moved = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same for all species; by how much, in s->shift, which is 0 before. Of one density alone in one go, of several in turn until all have
   their mass. Collective. */
PetscErrorCode SinkhornBalance(Sinkhorn s, PetscBool *moved)
{
  const PetscInt species = EnergyDensities(s->energy);
  PetscBool      any     = PETSC_TRUE;

  PetscFunctionBegin;
  *moved = PETSC_FALSE;
  for (PetscInt round = 0; round < (species > 1 ? BALANCE_ROUNDS : 1) && any; round++) {
    any = PETSC_FALSE;
    for (PetscInt k = 0; k < species; k++) {
      PetscBool this_one;

      PetscCall(BalanceSpecies(s, k, &this_one));
      any = (PetscBool)(any || this_one);
    }
    *moved = (PetscBool)(*moved || any);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* f <- f + sign shift S, of the last evaluation: what a moved zero adds to beta. Collective. */
PetscErrorCode SinkhornAddShift(Sinkhorn s, PetscReal sign, Vec f)
{
  Grid grid;

  PetscFunctionBegin;
  PetscCall(KernelGetGrid(s->kernel, &grid));
  for (PetscInt k = 0; k < EnergyDensities(s->energy); k++) {
    Vec part, scale;

    if (s->shift[k] == 0) continue;
    PetscCall(GridGetPart(grid, f, k, PETSC_TRUE, &part));
    PetscCall(GridGetPart(grid, s->scale, k, PETSC_FALSE, &scale));
    PetscCall(VecAXPY(part, sign * s->shift[k], scale));
    PetscCall(GridRestorePart(grid, s->scale, PETSC_FALSE, &scale));
    PetscCall(GridRestorePart(grid, f, PETSC_TRUE, &part));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
