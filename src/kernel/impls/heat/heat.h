/* The random walk behind walls: its plan, and how it is applied.

   The word of passes is cut into blocks. Per block ranks exchange a margin of as many cells as it has passes along each axis, once, into
   arrays with margins; then tile after tile takes all passes of the block in cache, from a window that shrinks by a cell to each side with
   every pass, on values v 2^unit with one unit per tile (tile.c). A tile whose range no unit holds is done with one exponent per cell
   (exact.c). Scaling by powers of two is exact and both ways round alike: neither the tiles nor the ranks show in the result.

   Along every axis, u_i <- u_i + w (f_l (u_{i-1} - u_i) + f_r (u_{i+1} - u_i)), a face f being 1 between open cells and 0 at walls. At the
   faces of the box the margins hold what reflection or periodicity puts there: a step out of the box stays where it is. */
#ifndef JKO_KERNEL_HEAT_H
#define JKO_KERNEL_HEAT_H

#include <jko/private/halo.h>
#include <jko/private/simd.h>
#include <jko/private/gridimpl.h>
#include <jko/private/kernelimpl.h>
#include <jko/private/scratch.h>

/* Arrays with margins hold the cell (i, j, k) of this rank at i + margin[0] + pitch[0] (j + margin[1] + pitch[1] (k + margin[2])). */
typedef struct {
  PetscInt  steps[3];       /* of the walk along each axis, even */
  PetscReal weight[3];      /* w, of one step */
  PetscInt  passes;         /* all steps */
  char     *word;           /* the axis of each pass; a palindrome */
  PetscInt  blocks, *first; /* the first pass of each block, and the one after the last */
  PetscInt  margin[3];      /* passes of a block along each axis, at most */
  Halo      halo[3];
  PetscInt  width[3], pitch[3], cells; /* this rank's cells; with margins; all with margins */
  PetscInt  tile[3];                   /* cells of a tile */
  PetscReal flush, threshold;          /* of a tile's units: values below 2^flush become 0; results above the threshold cannot miss them */
  /* values mantissa 2^exponent with margins, before and after a block; 1 where a cell is open; 1 where it is open to the next */
  Scratch mantissa[2], exponent[2], open, face[3];
  /* windows of a tile, before and after a pass */
  Scratch value[2], power[2];
} KernelHeat;

/* One application on this rank. */
typedef struct {
  KernelHeat      *plan;
  const PetscReal *in, *p;
  PetscReal       *out;
  PetscBool        logarithm; /* in and out are logarithms */
  PetscInt         block;     /* at work */
} HeatApplication;

/* A tile at work in a block. */
typedef struct {
  PetscInt  first[3], size[3]; /* its cells */
  PetscInt  left[3];           /* passes of the block that are left along each axis */
  PetscInt  stride[3], origin; /* of the window; the place of the tile's first cell in it */
  PetscInt  place;             /* of that cell in arrays with margins */
  PetscInt  begin[3];          /* passes of the block along each axis: the margin of the window */
  int       now;               /* which of the two windows holds the values */
  PetscBool walls;             /* some face in the window is closed */
  PetscReal unit;
} HeatTile;

/* Place and length along x of the row (j, k) of a tile's cells with what is left around them, from -left to size + left. */
static inline PetscInt HeatRowStart(const HeatTile *t, const PetscInt stride[3], PetscInt origin, PetscInt j, PetscInt k)
{
  return origin - t->left[0] + stride[1] * j + stride[2] * k;
}

static inline PetscInt HeatRowLength(const HeatTile *t)
{
  return t->size[0] + 2 * t->left[0];
}

/* Rows of a tile and of what is left around it. */
#define HEAT_ROWS(t, j, k)                                                                                                                 \
  for (PetscInt k = -(t)->left[2]; k < (t)->size[2] + (t)->left[2]; k++)                                                                   \
    for (PetscInt j = -(t)->left[1]; j < (t)->size[1] + (t)->left[1]; j++)

/* Strides of arrays with margins. */
static inline void HeatStrides(const KernelHeat *plan, PetscInt stride[3])
{
  stride[0] = 1;
  stride[1] = plan->pitch[0];
  stride[2] = plan->pitch[0] * plan->pitch[1];
}

PETSC_INTERN PetscErrorCode HeatExchange(KernelHeat *, PetscInt, PetscReal *const[]);
PETSC_INTERN PetscErrorCode HeatPlanWalls(KernelHeat *, Grid);
PETSC_INTERN PetscErrorCode HeatApply(HeatApplication *);
PETSC_INTERN PetscErrorCode HeatTiles(HeatApplication *);
PETSC_INTERN PetscErrorCode HeatTileExact(HeatApplication *, HeatTile *);
PETSC_INTERN void           HeatStoreRow(HeatApplication *, const HeatTile *, PetscInt, PetscInt, PetscReal[], PetscReal[]);

#endif
