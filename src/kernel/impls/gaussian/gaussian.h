/* The separable Gaussian: its plan, and the two ways to apply it.

   Fast (scaled.c): x and y fused, then z, on values v 2^E with one integer exponent E per segment of a row.
   Exact (exact.c): axis after axis, one exponent per cell; for fields whose range no common exponent holds.

   Scaling by powers of two is exact and both ways sum in the same order: where the fast way is valid, both give the same bits,
   and neither depends on how the grid is cut. Arrays are indexed as in the grid, i + wx*(j + wy*k). */
#ifndef JKO_KERNEL_GAUSSIAN_H
#define JKO_KERNEL_GAUSSIAN_H

#include <jko/private/halo.h>
#include <jko/private/simd.h>
#include <jko/private/gridimpl.h>
#include <jko/private/kernelimpl.h>
#include <jko/private/scratch.h>

enum {
  GROUP   = 2 * SIMD_WIDTH, /* rows that take the x pass together */
  SEGMENT = 64,             /* cells of a row that share an exponent */
  KEEP    = 64,             /* rows that a window slides on before it is moved back */
  BLOCK   = 16,             /* rows that are done together */
  STRIP   = 512,            /* columns that are done together, at most */
  CACHED  = 65536           /* reals of a window of rows: half a megabyte, to stay in the second-level cache */
};

/* The kernel along one axis. */
typedef struct {
  PetscInt   radius; /* cells; 0: nothing to do */
  PetscReal *weight; /* 2 radius + 1, sum 1 */
  Halo       halo;
} KernelAxis;

/* A row on its way through the passes is one record: its values, padded to whole vectors, then a Segment for each SEGMENT cells. */
typedef struct {
  PetscReal exponent; /* the values are in units of 2^exponent; SEGMENT_EMPTY: all are 0 */
  PetscReal lost;     /* 1: values too small for the exponent may have become 0 */
} Segment;
#define SEGMENT_EMPTY -1e300

/* When a plane has its turn: its ghost-free rows at once; all of it before or after the messages along z are sent. */
typedef enum { PLANE_EARLY, PLANE_FIRST, PLANE_LAST } PlaneOrder;

/* Records of `cells` cells, one after the other; the segment looked at begins at value. */
typedef struct {
  PetscReal *value;
  Segment   *segment; /* of the first record */
  PetscInt   stride;  /* reals per record */
} Rows;

typedef struct {
  KernelAxis  axis[3];
  PetscInt    width[3];  /* this rank's cells */
  PetscInt    cells;     /* their product */
  PetscReal   flush[3];  /* entering the pass along an axis, values below 2^flush become 0: no product is ever subnormal */
  PetscReal   threshold; /* results above it, in a block's units, cannot miss anything that was flushed */
  PetscInt    inner[2];  /* first of the columns that need no ghosts along x, and the one after the last */
  PetscInt    strip;     /* columns that slide down y together */
  PetscInt    pencil;    /* columns that are done along z together */
  PetscInt    free[2];   /* first of the rows that need no ghosts along y, and the one after the last */
  PetscInt   *sent;      /* per row: where in the messages along y it is, or -1 */
  PlaneOrder *order;     /* per plane */
  PetscInt    skip;      /* applications for which the fast way is not tried, after it failed */
  PetscInt    penalty;   /* what skip becomes at the next failure */
  /* fast path: rows of one group before and after the x pass; a sliding window of rows; a block; x and y done, before z */
  Scratch window, tile, rows, block, planes;
  Scratch kept; /* p, when it is overwritten */
  /* exact path: values mantissa 2^exponent with one exponent per cell, the mantissas in `planes`; a bundle of lines */
  Scratch exponent, lines;
} KernelGaussian;

/* One application on this rank. */
typedef struct {
  KernelGaussian  *plan;
  const PetscReal *in, *p;
  PetscReal       *out;
  PetscBool        logarithm; /* in and out are logarithms */
  PetscBool        failed;    /* some result may miss what was flushed */
  const PetscReal *ghost[3];  /* along x: values of `in`; along y and z: records */
  PetscReal       *sent;      /* along y: records this rank has sent */
} Application;

static inline PetscInt RecordPitch(PetscInt cells)
{
  return (cells + SIMD_WIDTH - 1) / SIMD_WIDTH * SIMD_WIDTH;
}

/* Reals per record: whole cache lines, and a stride that does not map rows onto the same cache sets. */
static inline PetscInt RecordLength(PetscInt cells)
{
  const PetscInt length = (RecordPitch(cells) + 2 * ((cells + SEGMENT - 1) / SEGMENT) + 7) / 8 * 8;

  return length % SEGMENT ? length : length + 8;
}

static inline Segment *RecordSegments(PetscReal record[], PetscInt cells)
{
  return (Segment *)(record + RecordPitch(cells));
}

PETSC_INTERN void ConvolveAcross(const PetscReal[], PetscInt, PetscReal[], PetscInt, PetscInt, PetscInt, const KernelAxis *);
PETSC_INTERN void ConvolveAlong(const PetscReal[], PetscReal[], PetscInt, const KernelAxis *);
PETSC_INTERN void TransposeIn(const PetscReal[], PetscInt, PetscInt, PetscReal[]);
PETSC_INTERN void TransposeOut(const PetscReal[], PetscInt, PetscReal *const[], PetscInt);

PETSC_INTERN PetscErrorCode RowsReserve(KernelGaussian *);
PETSC_INTERN PetscInt       WindowStride(const KernelGaussian *);
PETSC_INTERN void           RowsPass(Application *, PetscInt, const PetscInt[], PetscInt, PetscInt, PetscReal *const[], Segment *const[]);
PETSC_INTERN PetscErrorCode BlockReserve(KernelGaussian *);
PETSC_INTERN void           BlockConvolve(Application *, PetscInt, Rows, PetscInt, PetscInt, PetscReal[], PetscInt, Segment *);
PETSC_INTERN void           BlockFinish(Application *, PetscInt, Rows, PetscInt, PetscInt, PetscInt, PetscInt);

PETSC_INTERN PetscErrorCode KernelGaussianPlanScaled(KernelGaussian *);
PETSC_INTERN PetscErrorCode KernelGaussianApplyScaled(Application *);
PETSC_INTERN PetscErrorCode KernelGaussianApplyExact(Application *);

#endif
