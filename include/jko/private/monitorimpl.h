#ifndef JKO_PRIVATE_MONITORIMPL_H
#define JKO_PRIVATE_MONITORIMPL_H

#include <math.h>
#include <jko/private/petsccompat.h>
#include <jko/monitor.h>
#include <jko/options.h>

#define MONITOR_MAX_ITEMS   16
#define MONITOR_MAX_COLUMNS 128
#define MONITOR_NAME        64
#define MONITOR_NONE        ((PetscReal)NAN) /* a value that is not there: an empty field */

/* One kind of monitor: some columns of the table. */
struct _MonitorItemOps {
  PetscErrorCode (*setfromoptions)(MonitorItem, JKOOptionItems);
  /* Refuses what cannot be measured of this flow and names the columns, MonitorAddColumn(). */
  PetscErrorCode (*setup)(MonitorItem);
  /* Fills the columns for the state that info is of; all are MONITOR_NONE before. */
  PetscErrorCode (*measure)(MonitorItem, const JKOStepInfo *, PetscReal value[]);
  /* Takes the first row of a history that this flow goes on with; NULL when it needs none. */
  PetscErrorCode (*resume)(MonitorItem, const MonitorRow *);
  PetscErrorCode (*view)(MonitorItem, PetscViewer);
  PetscErrorCode (*destroy)(MonitorItem);
};

struct _p_MonitorItem {
  PETSCHEADER(struct _MonitorItemOps);
  Monitor          monitor; /* not referenced */
  void            *data;
  const JKOOption *options;        /* those of its own, a table that the constructor gives, or NULL */
  PetscInt         first, columns; /* its place in the table */
  PetscBool        several;        /* it measures flows of several densities, too */
};

/* What several items tell of one state, measured once. */
typedef enum {
  MONITOR_KL,         /* to the target */
  MONITOR_KL_GIBBS,   /* to the Gibbs state */
  MONITOR_PRODUCTION, /* int rho |grad F'|^2, energy / time */
  MONITOR_W2,         /* to the target; NaN between the steps that measure it */
  MONITOR_W2_ERROR,
  MONITOR_QUANTITIES
} MonitorQuantity;

struct _p_Monitor {
  PETSCHEADER(int);
  /* parameters */
  JKO       jko;
  Vec       log_target;  /* or NULL */
  PetscInt  w2_interval; /* steps; 0: never */
  PetscReal mass;        /* of the Gibbs state; 0: that of the state at set-up */
  /* children */
  PetscInt    count;
  MonitorItem item[MONITOR_MAX_ITEMS];
  Transport   transport; /* to the target, NULL before it is asked for */
  /* set up */
  Grid        grid;
  Energy      energy;
  Vec         log_gibbs;   /* of the mass of the flow, NULL where there is none */
  PetscReal   diffusivity; /* D of the Gibbs state e^{-V/D} */
  PetscBool   reacts;      /* the mass of the flow changes */
  Vec         work;
  PetscInt    columns;
  char        name[MONITOR_MAX_COLUMNS][MONITOR_NAME];
  const char *names[MONITOR_MAX_COLUMNS];
  /* the state at hand */
  PetscInt  step;
  PetscBool known[MONITOR_QUANTITIES];
  PetscReal quantity[MONITOR_QUANTITIES];
  PetscReal value[MONITOR_MAX_COLUMNS];
  PetscBool setup;
};

PETSC_INTERN PetscErrorCode MonitorAddColumn(MonitorItem, const char[], ...) PETSC_ATTRIBUTE_FORMAT(2, 3);
PETSC_INTERN PetscErrorCode MonitorGetQuantity(Monitor, MonitorQuantity, PetscReal *);
PETSC_INTERN PetscErrorCode MonitorMeasureDivergence(Monitor, Vec log_pi, PetscReal *);
PETSC_INTERN PetscErrorCode MonitorMeasureProduction(Monitor, PetscReal *);
PETSC_INTERN PetscErrorCode MonitorGetConvexity(Monitor, PetscReal *lambda);

PETSC_EXTERN PetscLogEvent Monitor_Measure;

#endif
