#ifndef JKO_PRIVATE_JKOIMPL_H
#define JKO_PRIVATE_JKOIMPL_H

#include <jko/private/petsccompat.h>
#include <jko/jko.h>
#include <jko/private/pressureimpl.h>

#define JKO_MAX_MONITORS 8
#define JKO_AUTO         (-1.0) /* eps is chosen from the state */
#define JKO_WIDEST       20.0   /* sigma, the widest truncation of the kernel where a step strains it */

typedef struct _JKOCoarse *JKOCoarse;

/* log p of the last two solves of a kind, for the guess of the next; with the eps and the tau that they belong to, 0 when there is none. */
typedef struct {
  Vec       now, before;
  PetscReal epsilon, tau, epsilon_before, tau_before;
} JKOPotential;

/* What is done about the bias of the regularisation: the self-transport of the density is taken off, or its leading part, an entropy, or
   nothing; auto: the first where the scheme needs it, else the second. */
typedef enum { JKO_DEBIAS_AUTO, JKO_DEBIAS_TRANSPORT, JKO_DEBIAS_ENTROPY, JKO_DEBIAS_NONE } JKODebias;

/* What an implicit stage of a scheme without bias keeps for the next step. */
typedef struct {
  Vec           psi, gamma; /* its pressure, its drive included; log c of its density's transport to itself */
  Vec           shape;      /* the pressure, without drive, whose slopes tell how fronts cross cells */
  PetscReal     known;      /* 1 when they are those of a stage before, else 0 */
  JKOPotential *potential;  /* log p of its solves, where they are of the other kind */
} JKOStage;

/* Steps without bias. */
typedef struct {
  Pressure  pressure;         /* or NULL */
  PetscInt  corrections;      /* of the self-transport, where it is deferred */
  Vec       drive;            /* a potential that the scheme adds to F' in the present stage, or NULL; borrowed */
  PetscReal epsilon, ceiling; /* of the last step; of the next one, by its bias */
  PetscBool said;             /* that it is too large */
  PetscReal bias;             /* of the last step: by what share dilations are too fast */
} JKOUnbiased;

typedef enum { JKO_METRIC_WASSERSTEIN, JKO_METRIC_WFR, JKO_METRIC_FISHER_RAO } JKOMetric;
typedef enum { JKO_SPLITTING_AUTO, JKO_SPLITTING_LIE, JKO_SPLITTING_STRANG } JKOSplitting;

/* What makes and takes mass beside transport. */
typedef struct {
  JKOMetric    metric;
  JKOSplitting splitting;
  Energy       energy;         /* F2, or NULL for the energy of the flow */
  Vec          before;         /* log density before the step; NULL under wasserstein */
  PetscReal    made, turnover; /* by the law of the reaction in this step, see EnergyReact() */
} JKOReaction;

/* The length of steps that follow the flow. */
typedef struct {
  PetscBool on;
  PetscReal tol;   /* L1 error of a step over the mass */
  PetscReal dt;    /* of the next step */
  PetscReal error; /* of the last accepted step over tol, 0 before it */
  PetscBool retry; /* the last attempt was rejected */
  PetscBool smallest_said;
} JKOAdaptivity;

/* Steps of non-local energies, that may have to be undone. */
typedef struct {
  PetscBool on;
  PetscInt  cuts; /* halvings of the present step */
  PetscReal real[JKO_STATE_MOST];
  Vec       vector[JKO_STATE_MOST]; /* the state before it, or NULL */
} JKODescent;

struct _JKOOps {
  PetscErrorCode (*setup)(JKO);
  /* One step of length tau from log_rho to log_rho, filling epsilon, w2, residual, gap and iterations of info.
     Leaves the density as it was when it fails, setting the reason, and when JKOAdaptAccept() does not take it. */
  PetscErrorCode (*step)(JKO, PetscReal tau);
  PetscErrorCode (*setfromoptions)(JKO, JKOOptionItems);
  PetscErrorCode (*view)(JKO, PetscViewer);
  /* eps of a step, for a scheme that has no choice; NULL: JKOChooseEpsilon() chooses. Refuses what the scheme cannot do. */
  PetscErrorCode (*epsilon)(JKO, PetscReal tau, PetscReal *epsilon);
  /* Fills w2 of info, the rest of which is known, for a scheme whose step does not. */
  PetscErrorCode (*length)(JKO);
  /* Adds to the state what continues the scheme. */
  PetscErrorCode (*state)(JKO, JKOState *);
  PetscErrorCode (*destroy)(JKO);
};

struct _p_JKO {
  PETSCHEADER(struct _JKOOps);
  /* parameters */
  PetscReal  dt, max_time;  /* time step; time to end at, or JKO_AUTO for none */
  PetscInt   max_steps;     /* or -1 for none */
  PetscReal  epsilon;       /* length^2, or JKO_AUTO */
  PetscReal  epsilon_ratio; /* A / D: artificial over typical diffusivity, for JKO_AUTO */
  JKODebias  debias;        /* as asked for */
  PetscBool  coarse_first;  /* solve steps on a coarser grid first */
  PetscBool  coarse_asked;  /* by the option: the user is told when there is none */
  PetscInt   stops;         /* times that steps end at exactly, ascending */
  PetscReal *stop;
  /* children */
  Grid      grid;
  Energy    energy;
  Kernel    kernel;
  Sinkhorn  sinkhorn;
  JKOCoarse coarse;    /* the next coarser level, or NULL */
  void     *data;      /* of the scheme */
  PetscReal substeps;  /* of the scheme: its shortest solve is of tau/substeps, with eps/substeps */
  PetscInt  order;     /* of the scheme, in time */
  PetscBool estimates; /* of the scheme: it estimates its error, and asks JKOAdaptAccept() */
  PetscBool pressure;  /* of the scheme: it takes the pressure of steps without bias */
  PetscBool even;      /* of the scheme: equal steps up to the next time to hit, no shortened one */
  /* state */
  DM            dm;      /* of vectors of all densities; the grid's own without species */
  Vec           log_rho; /* log of the density, of those of species one after the other on each rank */
  JKOPotential  potential;
  JKOAdaptivity adapt;
  JKODescent    descent;
  JKOReaction   reaction;
  JKOStage      stage; /* the first or only one of a scheme */
  JKOUnbiased   unbiased;
  PetscReal     truncation; /* of the kernel, in sigma, when the state was asked for */
  PetscReal     time;
  PetscInt      steps;
  /* status */
  JKOStepInfo        info;
  PetscReal          solved; /* residual of the last solve that converged */
  JKOConvergedReason reason;
  char               failure[256];
  PetscBool          floor_said, has_density, setup;
  /* monitors */
  PetscInt monitors;
  PetscErrorCode (*monitor[JKO_MAX_MONITORS])(JKO, const JKOStepInfo *, void *);
  void *monitor_context[JKO_MAX_MONITORS];
};

PETSC_INTERN PetscErrorCode    JKOInitializePackage(void);
PETSC_INTERN const char *const JKODebiases[];
PETSC_INTERN PetscBool         JKOIsUnbiased(JKO);
PETSC_INTERN const char       *JKODebiasText(JKO);
PETSC_INTERN PetscErrorCode    JKODebiasSetUp(JKO);
PETSC_INTERN PetscErrorCode    JKOSolveStage(JKO, JKOStage *, PetscReal tau, PetscReal epsilon, Vec log_rho, Vec gamma_rho, Vec log_q);
PETSC_INTERN PetscErrorCode    JKODeferred(JKO, PetscReal tau, Vec log_rho, Vec lp, Vec log_q, Vec psi, Vec gamma, PetscReal *length);
PETSC_INTERN PetscErrorCode    JKOStageCreate(JKO, JKOPotential *, JKOStage *);
PETSC_INTERN PetscErrorCode    JKOStageDestroy(JKOStage *);
PETSC_INTERN PetscErrorCode    JKOStageGuess(JKO, JKOStage *, Vec log_rho, Vec beyond);
PETSC_INTERN PetscErrorCode    JKOSlopes(JKO, Vec phi, Vec log_q, Vec square, Vec width);
PETSC_INTERN PetscErrorCode    JKOCarry(JKO, Vec phi, Vec log_q, PetscReal length, Vec carried);
PETSC_INTERN PetscReal         JKOGetBiasCeiling(PetscReal epsilon, PetscReal bias);
PETSC_INTERN PetscErrorCode    JKOMeasureBias(JKO, PetscReal epsilon, Vec w, Vec log_rho, PetscReal *bias);
PETSC_INTERN PetscErrorCode    JKOWishUnbiased(JKO, PetscReal tau, PetscReal *epsilon);
PETSC_INTERN PetscErrorCode    JKOChooseEpsilon(JKO, PetscReal tau, PetscReal *epsilon);
PETSC_INTERN PetscErrorCode    JKOGetEpsilonCeiling(JKO, PetscReal *epsilon);
PETSC_INTERN PetscReal         JKOEvenStep(PetscReal rest, PetscReal dt);
PETSC_INTERN PetscErrorCode    JKOSolveStep(JKO, PetscReal tau, PetscReal epsilon, Vec log_rho, JKOPotential *, Vec log_q);
PETSC_INTERN PetscErrorCode    JKOSolveWide(JKO, PetscReal tau, PetscReal epsilon, Vec log_rho, const JKOPotential *, Vec lp, Vec log_q,
                                            SinkhornConvergedReason *);
PETSC_INTERN PetscErrorCode    JKOPotentialGuess(JKO, PetscReal tau, Vec log_rho, const JKOPotential *, Vec guess);
PETSC_INTERN PetscErrorCode    JKOPotentialForget(JKOPotential *);
PETSC_INTERN PetscErrorCode    JKOPotentialAccept(JKOPotential *, PetscReal tau, PetscReal epsilon, Vec lp);
PETSC_INTERN PetscErrorCode    JKOWidenKernel(JKO, PetscBool *wider);
PETSC_INTERN PetscErrorCode    JKOMeasure(JKO);
PETSC_INTERN PetscErrorCode    JKODescentStart(JKO);
PETSC_INTERN PetscErrorCode    JKODescentAgain(JKO, PetscReal tau, PetscBool *);
PETSC_INTERN PetscErrorCode    JKODescentReset(JKO);
PETSC_INTERN PetscErrorCode    JKOAdaptSetUp(JKO);
PETSC_INTERN PetscErrorCode    JKOAdaptAccept(JKO, PetscReal tau, PetscReal error, PetscBool *);
PETSC_INTERN PetscErrorCode    JKOAdaptAgain(JKO, PetscReal tau, PetscBool *);
PETSC_INTERN PetscErrorCode    JKOReactionSetFromOptions(JKO, JKOOptionItems);
PETSC_INTERN PetscErrorCode    JKOReactionSetUp(JKO);
PETSC_INTERN PetscErrorCode    JKOReactionTry(JKO);
PETSC_INTERN PetscErrorCode    JKOReactionView(JKO, PetscViewer);
PETSC_INTERN PetscErrorCode    JKOReactionDestroy(JKO);
PETSC_INTERN Energy            JKOReactionEnergy(JKO);
PETSC_INTERN PetscErrorCode    JKOTakeStep(JKO, PetscReal tau);
PETSC_INTERN PetscErrorCode    JKOExtrapolate(Energy, Vec log_fine, Vec log_coarse, PetscReal *size, PetscReal *lost);
PETSC_INTERN void              JKOStateReal(JKOState *, const char[], PetscReal *);
PETSC_INTERN void              JKOStateVector(JKOState *, const char[], Vec);
PETSC_INTERN PetscErrorCode    JKOCoarseSetUp(JKO);
PETSC_INTERN PetscErrorCode    JKOCoarseView(JKO, PetscViewer);
PETSC_INTERN PetscErrorCode    JKOCoarseGuess(JKO, PetscReal tau, PetscReal epsilon, Vec log_rho, Vec lp, PetscBool *strains);
PETSC_INTERN PetscErrorCode    JKOCoarseDestroy(JKOCoarse *);

PETSC_EXTERN PetscLogEvent JKO_Step, JKO_Coarse, JKO_Measure;

#endif
