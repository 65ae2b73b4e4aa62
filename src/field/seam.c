/* A field on a ring goes on across the seam as it goes on elsewhere. One that does not, as 0-x does not, is told: a potential has a wall
   there. With the differences D_i = f_{i+1} - f_i along a periodic axis,

     d_i = |D_i - (D_{i+1} + D_{i-1})/2|

   is of third order for a smooth field and half the jump or more at a step: at the seam it is compared with the largest elsewhere, so that
   a field that has steps of its own may have one at the seam as well. */
#include <jko/private/fieldimpl.h>
#include <jko/private/stencilimpl.h>
#include <jko/private/sysimpl.h>

#define SEAM_FACTOR 4.0  /* times what is usual elsewhere */
#define SEAM_LEAST  1e-3 /* of what the field varies by */
#define SEAM_CELLS  8    /* fewer tell nothing */

/* second_i = D_i - D_{i-1} along an axis. */
static PetscErrorCode SeamBend(Grid grid, PetscInt axis, Vec field, Vec second)
{
  Stencil      f;
  PetscInt     n, where[3];
  PetscScalar *s;

  PetscFunctionBegin;
  PetscCall(StencilBegin(grid, field, &f));
  PetscCall(VecGetLocalSize(second, &n));
  PetscCall(VecGetArrayWrite(second, &s));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal *at = StencilAt(&f, i, where);

    s[i] = at[f.stride[axis]] - 2 * at[0] + at[-f.stride[axis]];
  }
  PetscCall(VecRestoreArrayWrite(second, &s));
  PetscCall(StencilEnd(&f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Along a periodic axis of m cells: the largest d and |D| at the seam, then elsewhere. Collective. */
static PetscErrorCode SeamMeasure(Grid grid, PetscInt axis, PetscInt m, Vec field, Vec second, PetscReal most[4])
{
  Stencil  f, s;
  PetscInt n, where[3];

  PetscFunctionBegin;
  PetscCall(SeamBend(grid, axis, field, second));
  PetscCall(StencilBegin(grid, field, &f));
  PetscCall(StencilBegin(grid, second, &s));
  PetscCall(VecGetLocalSize(field, &n));
  PetscCall(PetscArrayzero(most, 4));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal *at = StencilAt(&f, i, where), *of = StencilAt(&s, i, where);
    const PetscInt   cell = where[axis] - f.offset[axis] + f.start[axis];
    const PetscReal  step = PetscAbsReal(at[f.stride[axis]] - at[0]), off = PetscAbsReal(of[s.stride[axis]] - of[0]) / 2;

    if (cell == m - 1) {
      most[0] = PetscMax(most[0], off);
      most[1] = PetscMax(most[1], step);
    } else {
      if (cell > 0 && cell < m - 2) most[2] = PetscMax(most[2], off); /* the others meet the seam */
      most[3] = PetscMax(most[3], step);
    }
  }
  PetscCall(StencilEnd(&s));
  PetscCall(StencilEnd(&f));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, most, 4, MPIU_REAL, MPIU_MAX, PetscObjectComm((PetscObject)grid)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldCheckSeams - warns of a field that jumps across a periodic face. `means` is what such a jump does. Collective. */
PetscErrorCode FieldCheckSeams(Grid grid, const char option[], const char means[], Vec field)
{
  GridBoundary boundary[3];
  PetscInt     n[3];
  PetscReal    most[4], least, largest;
  Vec          second;

  PetscFunctionBegin;
  PetscCall(GridGetBoundary(grid, boundary));
  PetscCall(GridGetSizes(grid, n));
  PetscCall(VecMin(field, NULL, &least));
  PetscCall(VecMax(field, NULL, &largest));
  PetscCall(VecDuplicate(field, &second));
  for (PetscInt a = 0; a < 3; a++) {
    if (boundary[a] != GRID_PERIODIC || n[a] < SEAM_CELLS) continue;
    PetscCall(SeamMeasure(grid, a, n[a], field, second, most));
    if (most[0] <= SEAM_FACTOR * most[2] || most[1] <= SEAM_LEAST * (largest - least)) continue;
    PetscCall(
        JKOWarn(PetscObjectComm((PetscObject)grid), "seam", most[1], most[3],
                "%s jumps by %.6g across the periodic face of axis %c, where neighbours elsewhere differ by %.6g at most: %s; make it "
                "periodic, or take -grid_boundary noflux",
                option, (double)most[1], "xyz"[a], (double)most[3], means));
  }
  PetscCall(VecDestroy(&second));
  PetscFunctionReturn(PETSC_SUCCESS);
}
