#ifndef JKO_PRIVATE_SINKHORNIMPL_H
#define JKO_PRIVATE_SINKHORNIMPL_H

#include <jko/private/petsccompat.h>
#include <jko/sinkhorn.h>
#include <jko/options.h>
#include <jko/private/andersonimpl.h>
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

/* A way to the fixed point. */
struct _SinkhornOps {
  PetscErrorCode (*setfromoptions)(Sinkhorn, JKOOptionItems);
  /* Before the first solve, once kernel and energy are there: work vectors, the options of its parts. */
  PetscErrorCode (*setup)(Sinkhorn);
  /* From x = S beta and its residual f, just evaluated, until SinkhornTest() has a reason. Leaves the state that of x. */
  PetscErrorCode (*solve)(Sinkhorn);
  PetscErrorCode (*view)(Sinkhorn, PetscViewer);
  PetscErrorCode (*reset)(Sinkhorn);
  PetscErrorCode (*destroy)(Sinkhorn);
};

/* Norm of f and marginal residual when the cells were weighed; 0 where the norm is not known yet. */
typedef struct {
  PetscReal norm, residual;
} SinkhornSight;

struct _p_Sinkhorn {
  PETSCHEADER(struct _SinkhornOps);
  const JKOOption *options; /* those that the type has of its own, or NULL */
  /* parameters */
  Kernel    kernel;
  Energy    energy;
  PetscBool certify;    /* measure reach, gap and length of each solve */
  PetscBool compensate; /* take eps/(4 tau) Ent(rho) off the energy */
  PetscReal tol;        /* of the L1 marginal residual over the mass */
  PetscInt  max_it;     /* residual evaluations, two kernel applications each */
  PetscBool monitor;    /* a line per iteration */
  PetscBool measure;    /* the length of every solve; its owner's choice, not the user's */
  PetscBool (*pending)(void *);
  PetscErrorCode (*attend)(void *, PetscBool *);
  void *poll_context;
  /* the type */
  void        *data;
  PetscBool    given;        /* the user chose it */
  PetscBool    from_options; /* a type that is chosen later reads its options, too */
  SinkhornType coarse_type;  /* of solvers on coarser grids that prepare this one's solves */
  PetscBool    plain_guess;  /* guesses are best taken from the last solve as it is, without extrapolation in time */
  PetscBool    bears_lag;    /* f need not be a function of x alone */
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
  Vec scale;       /* S = sqrt(q + floor): what is solved for is x = S beta, so that norms weigh cells by their mass */
  Vec x;           /* S beta */
  Vec f;           /* S omega (beta - T(lp)) at the start */
  Vec log_q;       /* log of b p, for a non-local energy; else NULL */
  /* status */
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
  PetscReal               shift[ENERGY_MAX_SPECIES]; /* of the potentials' zeros in the last evaluation; 0: as they came */
  PetscBool               lags;                      /* the variation of a non-local energy may be that of an earlier iterate */
  PetscReal               refreshed;                 /* residual when it was that of its own */
  PetscReal               residual;
  PetscInt                iterations;
  Progress                progress;
  SinkhornConvergedReason reason;
  PetscBool               interrupted;
  PetscBool               setup, type_setup;
};

PETSC_INTERN PetscErrorCode SinkhornBegin(Sinkhorn, PetscReal tau, Vec log_rho);
PETSC_INTERN PetscErrorCode SinkhornStart(Sinkhorn, Vec lp);
PETSC_INTERN PetscErrorCode SinkhornKeepGuess(Sinkhorn, Vec lp);
PETSC_INTERN PetscErrorCode SinkhornRescale(Sinkhorn, PetscReal tau, Vec log_rho, PetscReal lambda, Vec lp);
PETSC_INTERN PetscErrorCode SinkhornEvaluate(Sinkhorn, Vec);
PETSC_INTERN PetscErrorCode SinkhornEvaluateAt(Sinkhorn, Vec x, Vec f);
PETSC_INTERN PetscErrorCode SinkhornBalance(Sinkhorn, PetscBool *moved);
PETSC_INTERN PetscErrorCode SinkhornAddShift(Sinkhorn, PetscReal sign, Vec f);
PETSC_INTERN PetscErrorCode SinkhornRefuseOptions(Sinkhorn);
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
PETSC_INTERN PetscErrorCode SinkhornGetDivergence(Sinkhorn, Vec log_rho, Vec gamma_rho, Vec log_q, Vec gamma_q, PetscReal *divergence);
PETSC_INTERN PetscErrorCode SinkhornSelfScale(Kernel, Vec log_q, PetscReal tol, Vec gamma, Vec w);

/* What the loops of all types are made of. */
PETSC_INTERN void           SinkhornTest(Sinkhorn, PetscReal norm);
PETSC_INTERN PetscErrorCode SinkhornMonitor(Sinkhorn, PetscInt it, PetscReal norm);
PETSC_INTERN PetscErrorCode SinkhornWeigh(Sinkhorn);
PETSC_INTERN PetscBool      SinkhornLosesSight(Sinkhorn, SinkhornSight *, PetscReal norm);
PETSC_INTERN PetscErrorCode SinkhornReweigh(Sinkhorn, SinkhornSight *);
PETSC_INTERN PetscErrorCode SinkhornAccelerate(Sinkhorn, Anderson *);

PETSC_INTERN PetscErrorCode SinkhornInitializePackage(void);
PETSC_INTERN PetscErrorCode SinkhornGetTypes(PetscInt *count, const char **names[]);
PETSC_INTERN PetscErrorCode SinkhornUseType(Sinkhorn, SinkhornType);
PETSC_INTERN PetscErrorCode SinkhornReadTypeOptions(Sinkhorn);
PETSC_INTERN PetscErrorCode SinkhornSetUpType(Sinkhorn);
PETSC_INTERN PetscErrorCode SinkhornChooseType(Sinkhorn, PetscReal tau, Vec log_rho);

PETSC_EXTERN PetscLogEvent Sinkhorn_Solve, Sinkhorn_Prox, Sinkhorn_Accelerate;

#endif
