/* Fields with their neighbours. */
#include <petscdmda.h>
#include <jko/private/stencilimpl.h>

/* StencilBegin - the field with the layer of cells around this rank's. Collective; StencilEnd() gives it back. */
PetscErrorCode StencilBegin(Grid grid, Vec field, Stencil *s)
{
  PetscInt ghost[3];

  PetscFunctionBegin;
  PetscCall(GridGetDM(grid, &s->dm));
  PetscCall(GridGetSpacing(grid, s->h));
  PetscCall(GridGetCorners(grid, s->start, s->width));
  PetscCall(DMGetLocalVector(s->dm, &s->ghosted));
  PetscCall(DMGlobalToLocal(s->dm, field, INSERT_VALUES, s->ghosted));
  PetscCall(DMDAGetGhostCorners(s->dm, &ghost[0], &ghost[1], &ghost[2], &s->span[0], &s->span[1], &s->span[2]));
  for (int a = 0; a < 3; a++) s->offset[a] = s->start[a] - ghost[a];
  s->stride[0] = 1;
  s->stride[1] = s->span[0];
  s->stride[2] = s->span[0] * s->span[1];
  PetscCall(VecGetArrayRead(s->ghosted, &s->value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode StencilEnd(Stencil *s)
{
  PetscFunctionBegin;
  PetscCall(VecRestoreArrayRead(s->ghosted, &s->value));
  PetscCall(DMRestoreLocalVector(s->dm, &s->ghosted));
  PetscFunctionReturn(PETSC_SUCCESS);
}
