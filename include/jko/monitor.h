/* Monitor: scalars that tell of a flow, state by state, as columns of a table. */
#ifndef JKO_MONITOR_H
#define JKO_MONITOR_H

#include <jko/jko.h>
#include <jko/transport.h>

typedef struct _p_Monitor     *Monitor;
typedef struct _p_MonitorItem *MonitorItem;
typedef const char            *MonitorType;

PETSC_EXTERN PetscClassId MONITOR_CLASSID;

/* A row that was written before: what a monitor compares later states with. NaN where the file has nothing. */
typedef struct {
  PetscReal        time, w2_target;
  const PetscReal *column; /* one value for each of MonitorGetColumns() */
} MonitorRow;

PETSC_EXTERN PetscErrorCode MonitorRegister(const char[], const char[], PetscErrorCode (*)(MonitorItem));
PETSC_EXTERN PetscErrorCode MonitorCreate(MPI_Comm, Monitor *);
PETSC_EXTERN PetscErrorCode MonitorSetJKO(Monitor, JKO);
PETSC_EXTERN PetscErrorCode MonitorSetTarget(Monitor, Vec);
PETSC_EXTERN PetscErrorCode MonitorSetMass(Monitor, PetscReal);
PETSC_EXTERN PetscErrorCode MonitorSetW2Interval(Monitor, PetscInt);
PETSC_EXTERN PetscErrorCode MonitorAdd(Monitor, MonitorType);
PETSC_EXTERN PetscErrorCode MonitorSetFromOptions(Monitor);
PETSC_EXTERN PetscErrorCode MonitorSetUp(Monitor);
PETSC_EXTERN PetscErrorCode MonitorView(Monitor, PetscViewer);
PETSC_EXTERN PetscErrorCode MonitorDestroy(Monitor *);

PETSC_EXTERN PetscErrorCode MonitorGetColumns(Monitor, PetscInt *, const char *const *[]);
PETSC_EXTERN PetscErrorCode MonitorResume(Monitor, const MonitorRow *);
PETSC_EXTERN PetscErrorCode MonitorMeasure(Monitor, const JKOStepInfo *, const PetscReal *[]);
PETSC_EXTERN PetscErrorCode MonitorGetDivergence(Monitor, PetscReal *);
PETSC_EXTERN PetscErrorCode MonitorGetDistance(Monitor, PetscReal *, PetscReal *);
PETSC_EXTERN PetscErrorCode MonitorGetVelocity(Monitor, Vec, PetscInt, Vec[]);

#endif
