#ifndef JKO_PRIVATE_SINKHORNIMPL_H
#define JKO_PRIVATE_SINKHORNIMPL_H

#include <jko/private/petsccompat.h>
#include <jko/sinkhorn.h>
#include <jko/private/energyimpl.h>

/* log densities below this are empty cells: e^-690 is the smallest normal double */
#define SINKHORN_LOG_FLOOR (-690.0)
/* guesses of the potentials stay within this */
#define SINKHORN_LARGEST 1e6
/* cells e^-60 below the mean density carry no mass to speak of */
#define SINKHORN_EMPTY 60.0

/* Whether the kernel reaches a cell with this log p; how small it is does not matter, since potentials have no zero. */
static inline PetscBool SinkhornIsReached(PetscReal lp)
{
  return (PetscBool)(lp >= -PETSC_MAX_REAL);
}

struct _p_Sinkhorn {
  PETSCHEADER(int);
  /* parameters */
  Kernel    kernel;
  Energy    energy;
  PetscBool certify;    /* measure reach, gap and length of each solve */
  PetscBool compensate; /* take eps/(4 tau) Ent(rho) off the energy */
  PetscReal tol;        /* of the L1 marginal residual over the mass */
  PetscInt  max_it;     /* residual evaluations, two kernel applications each */
  PetscBool measure;    /* the length of every solve; its owner's choice, not the user's */
  PetscBool (*pending)(void *);
  PetscErrorCode (*attend)(void *, PetscBool *);
  void *poll_context;
  /* children */
  SNES snes;
  /* the step being solved */
  PetscReal lambda;                  /* 2 tau / eps */
  PetscReal theta;                   /* weight of log q in the prox: 1, or 1/2 when compensated */
  PetscReal sum_rho;                 /* sum of rho_k over cells and species */
  PetscReal sum[ENERGY_MAX_SPECIES]; /* of each species */
  Vec       log_rho;                 /* borrowed */
  /* work: one value per cell and species */
  Vec beta, alpha; /* logarithms of the scalings b and a */
  Vec lp;          /* log of p = K^T a */
  Vec u;           /* log of the prox of p */
  Vec du, pull;    /* where an accelerator asks for them, else NULL: 1 + s = du/dlp, and what coupled species answer to each other */
  Vec scale;       /* S = sqrt(q + floor): SNES solves for x = S beta, so that its norms weigh cells by their mass */
  Vec x;           /* S beta */
  Vec f;           /* S omega (beta - T(lp)) at the start */
  Vec log_q;       /* log of b p, for a non-local energy; else NULL */
  /* status */
  PetscObjectState        evaluated;          /* state of x at the last evaluation */
  PetscReal               volume;             /* of a cell */
  PetscInt                cells;              /* of this rank */
  PetscReal               w2;                 /* W2(rho_k, rho_{k+1}) */
  PetscReal               departure;          /* <alpha - log c, rho_k> of the step being measured */
  PetscReal               stay, stay_epsilon; /* <log c, rho> of the last density, and the eps it belongs to */
  PetscReal               drift;              /* <log c - log rho/2, rho> of it */
  PetscReal               rest, bias; /* drift of rho_k; what compensation leaves of the step's objective, B(rho_k) - B(rho_{k+1}) */
  PetscReal               gap;        /* duality gap, in units of the energy */
  PetscObjectId           stay_id;
  PetscObjectState        stay_state;
  PetscReal               norm_start, residual_start; /* weighted norm and marginal residual when the cells were weighed */
  PetscReal               shift[ENERGY_MAX_SPECIES];  /* of the potentials' zeros in the last evaluation */
  PetscBool               shifted;                    /* one of them is not 0 */
  PetscBool               reweigh;
  PetscBool               lags;      /* the variation of a non-local energy may be that of an earlier iterate */
  PetscReal               refreshed; /* residual when it was that of its own */
  PetscReal               residual, best;
  PetscInt                iterations, best_iteration;
  SinkhornConvergedReason reason;
  PetscBool               interrupted;
  PetscBool               setup;
};

PETSC_INTERN PetscErrorCode SinkhornBegin(Sinkhorn, PetscReal tau, Vec log_rho);
PETSC_INTERN PetscErrorCode SinkhornStart(Sinkhorn, Vec lp);
PETSC_INTERN PetscErrorCode SinkhornKeepGuess(Sinkhorn, Vec lp);
PETSC_INTERN PetscErrorCode SinkhornRescale(Sinkhorn, PetscReal tau, Vec log_rho, PetscReal lambda, Vec lp);
PETSC_INTERN PetscErrorCode SinkhornEvaluate(Sinkhorn, Vec);
PETSC_INTERN PetscErrorCode SinkhornBalance(Sinkhorn);
PETSC_INTERN PetscErrorCode SinkhornAddShift(Sinkhorn, PetscReal sign, Vec f);
PETSC_INTERN PetscErrorCode SinkhornFunction(SNES, Vec, Vec, void *);
PETSC_INTERN PetscErrorCode SinkhornOfSNES(SNES, Sinkhorn *);
PETSC_INTERN PetscErrorCode SinkhornSetScale(Sinkhorn);
PETSC_INTERN PetscErrorCode SinkhornNeedSlopes(Sinkhorn);
PETSC_INTERN PetscErrorCode SinkhornGetStrain(Sinkhorn, Vec lp, Vec u, PetscReal *strain);
PETSC_INTERN PetscErrorCode SinkhornEmit(Sinkhorn, Vec);
PETSC_INTERN PetscErrorCode SinkhornKeepBound(Sinkhorn, Vec);
PETSC_INTERN PetscErrorCode SinkhornAdvance(Sinkhorn, Vec);
PETSC_INTERN PetscErrorCode SinkhornDepart(Sinkhorn);
PETSC_INTERN PetscErrorCode SinkhornArrive(Sinkhorn, Vec);
PETSC_INTERN PetscErrorCode SinkhornStaySweep(Vec log_rho, Vec log_kc, Vec log_c, PetscReal totals[2]);
PETSC_INTERN PetscErrorCode SinkhornCertify(Sinkhorn);

PETSC_INTERN PetscErrorCode SinkhornRegisterAccelerators(void);

PETSC_EXTERN PetscLogEvent Sinkhorn_Solve, Sinkhorn_Prox, Sinkhorn_Accelerate;

#endif
