/* A field with the cells around this rank's, as the boundary continues it: nothing beyond a no-flux face, the other side of a periodic one.
 */
#ifndef JKO_PRIVATE_STENCILIMPL_H
#define JKO_PRIVATE_STENCILIMPL_H

#include <jko/grid.h>

typedef struct {
  DM               dm;
  Vec              ghosted;
  const PetscReal *value;                         /* of the ghosted array */
  PetscInt         start[3], width[3];            /* this rank's cells */
  PetscInt         offset[3], span[3], stride[3]; /* of them in the ghosted array */
  PetscReal        h[3];
} Stencil;

PETSC_INTERN PetscErrorCode StencilBegin(Grid, Vec, Stencil *);
PETSC_INTERN PetscErrorCode StencilEnd(Stencil *);

/* The place of own cell `cell` in the ghosted array; where[a]: its place along each axis there. */
static inline const PetscReal *StencilAt(const Stencil *s, PetscInt cell, PetscInt where[3])
{
  where[0] = s->offset[0] + cell % s->width[0];
  where[1] = s->offset[1] + cell / s->width[0] % s->width[1];
  where[2] = s->offset[2] + cell / (s->width[0] * s->width[1]);
  return s->value + where[0] + s->stride[1] * where[1] + s->stride[2] * where[2];
}

/* Whether there is a neighbour below (side -1) or above (side 1) along an axis. */
static inline PetscBool StencilHas(const Stencil *s, const PetscInt where[3], int axis, int side)
{
  return (PetscBool)(where[axis] + side >= 0 && where[axis] + side < s->span[axis]);
}

#endif
