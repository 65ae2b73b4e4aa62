/* Convolution: out = volume * (w conv in) on the cells of a grid, by FFT; shared by all that convolve on one grid. */
#ifndef JKO_PRIVATE_CONVOLUTIONIMPL_H
#define JKO_PRIVATE_CONVOLUTIONIMPL_H

#include <complex.h>
#include <fftw3.h>
#include <jko/private/petsccompat.h>
#include <jko/grid.h>

typedef double complex         ConvolutionNumber;
typedef struct _n_Convolution *Convolution;

/* The kernel w at a displacement. */
typedef PetscErrorCode (*ConvolutionKernel)(void *context, const PetscReal x[3], PetscReal *w);

PETSC_EXTERN PetscErrorCode ConvolutionGet(Grid, Convolution *);
PETSC_EXTERN PetscErrorCode ConvolutionTransformKernel(Convolution, ConvolutionKernel, void *context, PetscReal factor,
                                                       PetscReal *spectrum[]);
PETSC_EXTERN PetscErrorCode ConvolutionApply(Convolution, const PetscReal spectrum[], const PetscScalar in[], PetscScalar out[]);
PETSC_EXTERN PetscErrorCode ConvolutionDestroy(Convolution *);

/* Lines along an axis a, na numbers each, become lines along an axis b; c is the third axis. Lines are shared by contiguous ranges of
   their numbers: b step_b + c step_c of a line along a, a + na c of one along b. Those along a are not stored: they are made, and used up,
   a few at a time. */
typedef struct {
  MPI_Comm           comm;
  PetscMPIInt        rank, size;
  PetscInt           na, nb, nc, step_b, step_c;
  PetscInt           pitch[2];             /* from one line to the next in memory: along a, along b */
  PetscInt          *from, *to;            /* first line of each rank, and the end: along a, along b */
  PetscMPIInt       *count[2], *offset[2]; /* of numbers for, and from, each rank */
  ConvolutionNumber *buffer[2];            /* for what goes, and what comes; none on one rank */
  ConvolutionNumber *tile;                 /* some lines along a */
} Exchange;

/* Makes a line along a of this rank, or uses it up. */
typedef PetscErrorCode (*ExchangeLine)(void *context, PetscInt line, ConvolutionNumber numbers[]);

PETSC_INTERN PetscErrorCode ExchangeSetUp(Exchange *, MPI_Comm, const PetscInt n[3], const PetscInt step[2], const PetscInt pitch[2]);
PETSC_INTERN PetscErrorCode ExchangeForward(Exchange *, ExchangeLine, void *context, ConvolutionNumber b[]);
PETSC_INTERN PetscErrorCode ExchangeBackward(Exchange *, const ConvolutionNumber b[], ExchangeLine, void *context);
PETSC_INTERN PetscErrorCode ExchangeReset(Exchange *);

/* The box of cells of every rank against whole rows along x, row j + n[1] k, shared by contiguous ranges. */
typedef struct {
  MPI_Comm     comm;
  PetscMPIInt  rank, size;
  PetscInt     n[3];
  PetscInt    *box;  /* start and width of every rank, six numbers */
  PetscInt    *from; /* first row of each rank, and the end */
  PetscMPIInt *count[2], *offset[2];
  PetscScalar *buffer[2];
} Rows;

PETSC_INTERN PetscErrorCode RowsSetUp(Rows *, MPI_Comm, const PetscInt n[3], const PetscInt start[3], const PetscInt width[3]);
PETSC_INTERN PetscErrorCode RowsGather(Rows *, const PetscScalar cells[], PetscScalar rows[]);
PETSC_INTERN PetscErrorCode RowsScatter(Rows *, const PetscScalar rows[], PetscScalar cells[]);
PETSC_INTERN PetscErrorCode RowsReset(Rows *);

/* first[r] of `count` things for each of `size` ranks, and the end: as even as can be. */
PETSC_INTERN PetscErrorCode ConvolutionShare(PetscInt count, PetscMPIInt size, PetscInt *first[]);

struct _n_Convolution {
  PetscInt           references;
  MPI_Comm           comm;
  PetscInt           dim;
  PetscInt           n[3];      /* cells, 1 on missing axes */
  PetscInt           padded[3]; /* length of the transforms: at least 2 n - 1 on axes without flux, n on periodic ones */
  PetscInt           half;      /* numbers of a transformed row, padded[0]/2 + 1 */
  PetscReal          h[3], volume;
  PetscInt           lines[3];    /* of this rank, along each axis */
  PetscInt           first_row;   /* of this rank */
  Rows               rows;        /* none where kernels are transformed */
  Exchange           exchange[2]; /* from lines along an axis to lines along the next */
  PetscScalar       *cells;       /* whole rows */
  ConvolutionNumber *line[2];     /* lines along y and z, n each */
  PetscInt           pitch[2];    /* from one to the next */
  /* one line, aligned, with its plans, so that a line's transform does not depend on its place or on the ranks: cells followed by zeros
     that stay, the transform, and what comes back */
  PetscReal         *row, *row_back;
  ConvolutionNumber *column[3], *work[3], *column_back[3];
  fftw_plan          forward[3], backward[3];
};

PETSC_EXTERN PetscLogEvent Convolution_Apply;

#endif
