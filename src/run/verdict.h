/* What is measured of a flow is judged. */
#ifndef JKO_RUN_VERDICT_H
#define JKO_RUN_VERDICT_H

#include <jko/private/runimpl.h>

/* A state as its judges see it; NaN: not known. */
typedef struct {
  PetscReal step, time, dt, epsilon, energy, entropy, mass, w2_step, w2_target, w2_target_error, gap, max; /* columns of history.csv */
  PetscReal artificial; /* eps/(4 dt) over the least diffusivity of a density */
  PetscReal raised;     /* eps over the one that the step was to have */
  PetscReal rest;       /* entropy production less the square of the speed, times dt: of the last state */
} Row;

/* What a judge has seen so far. */
typedef struct {
  PetscInt  count;       /* states that were worse than bearable */
  PetscReal first, last; /* steps of such states */
  PetscReal since;       /* the first of those up to now, without a break */
  PetscReal worst, sum;
} Seen;

#define VERDICT_JUDGES 16  /* at most */
#define VERDICT_MOST   64  /* lines of a run */
#define VERDICT_SLOPE  1.5 /* production over the square of the speed, where it is no error of the grid */

/* What the judges of a flow know. */
struct _n_RunTally {
  Row        before;
  PetscInt   steps;       /* that have been looked at */
  PetscReal  least, most; /* energies */
  PetscReal  size;        /* the largest of them, whatever their sign */
  PetscReal  mass;        /* of the first state */
  PetscReal  volume, h;   /* of a cell; its least edge */
  PetscInt   dim;
  PetscBool  descends;  /* the energy is one that the flow lowers */
  PetscBool  conserves; /* nothing reacts */
  Seen       seen[VERDICT_JUDGES];
  PetscInt   told; /* warnings of objects, then verdicts */
  JKOWarning verdict[VERDICT_MOST];
};

typedef struct {
  const char *name;
  PetscReal   bearable, limit; /* of a state; of the flow */
  PetscBool   below;           /* it is bad to be below them */
  PetscBool   last;            /* looks again when the flow has ended */
  PetscReal (*look)(const RunTally, const Row *);
  PetscReal (*weigh)(const RunTally, const Seen *); /* what is held to the limit */
  void (*say)(const RunTally, const Seen *, PetscReal value, char text[], size_t length);
} Judge;

extern const Judge Judges[];
extern const int   JudgeCount;

#endif
