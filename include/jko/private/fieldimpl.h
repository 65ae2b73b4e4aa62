#ifndef JKO_PRIVATE_FIELDIMPL_H
#define JKO_PRIVATE_FIELDIMPL_H

#include <stdint.h>
#include <time.h>
#include <jko/private/petsccompat.h>
#include <hdf5.h>
#include <jko/field.h>

#if !defined(H5_HAVE_PARALLEL)
  #error "jko needs a parallel HDF5"
#endif

#define FIELD_MESSAGE 1024
#define FIELD_DIGEST  16   /* characters of a digest */
#define FIELD_EXPAND  1100 /* bytes of values from one stored byte, at most: the best of gzip */

typedef struct _n_FieldFile *FieldFile;

/* An HDF5 file of fields on a grid, the layer below input, output and checkpoints. It fails like a stdio stream: the first failure is
   kept, the same on every rank, what follows does nothing, and FieldFileClose() tells. */
struct _n_FieldFile {
  Grid        grid;
  MPI_Comm    comm;
  const char *option; /* the option that named the file, for messages; borrowed */
  PetscBool   writing;
  PetscBool   durable; /* checksums, sealed, and on disk before it takes its name */
  PetscInt    step;    /* told by the seal */
  off_t       bytes;   /* that it takes at most, while it is written */
  timer_t     clock;   /* that ends the program when the ranks do not come to an end with it */
  PetscBool   timed;   /* whether there is one */
  /* status */
  hid_t       id;
  char        path[PETSC_MAX_PATH_LEN];
  char        temporary[PETSC_MAX_PATH_LEN]; /* the name while it is written */
  char        failure[FIELD_MESSAGE];        /* empty: none */
  H5E_auto2_t print;                         /* HDF5's own error printing, silenced while the file is open */
  void       *printdata;
};

/* The cells of the grid and those of this rank in the axis order of files, z,y,x: the slowest axis first, missing axes left out. */
typedef struct {
  int     rank;
  hsize_t size[3], start[3], width[3];
  char    axis[3];
} FieldLayout;

/* Cells along axis i of a chunk of a dataset with a checksum. */
static inline hsize_t FieldChunk(const FieldLayout *layout, int i)
{
  return PetscMin(layout->size[i], layout->rank == 1 ? 4096 : 64);
}

/* A dataset in blocks, one after the other. */
typedef struct {
  int       rank;
  hsize_t   size[H5S_MAX_RANK], block[H5S_MAX_RANK], start[H5S_MAX_RANK];
  PetscBool begun;
  size_t    count; /* numbers in `value` */
  double   *value;
} FieldBlocks;
PETSC_EXTERN const char *FieldBlocksBegin(FieldBlocks *, hid_t dataset);
PETSC_EXTERN int         FieldBlocksNext(FieldBlocks *, hid_t dataset);

/* What the values of a dataset come to. */
typedef struct {
  double    min, max, sum;
  long long count, none, empty, bad; /* numbers; those that stand for none; that are -inf; that are nan or +inf */
  PetscBool is_field, damaged;       /* it holds numbers; they cannot be read */
  char      unread[192];             /* why the values were not looked at, or "" */
} FieldSummary;
PETSC_EXTERN void FieldSummarise(hid_t dataset, FieldSummary *);
PETSC_EXTERN void FieldDescribe(hid_t file, hid_t dataset);

/* An expression to be evaluated anywhere, and at any value of one variable more. */
typedef struct _n_FieldFunction *FieldFunction;
PETSC_EXTERN PetscErrorCode      FieldFunctionCreate(Grid, const char option[], const char expr[], const char variable[], FieldFunction *);
PETSC_EXTERN PetscReal           FieldFunctionValue(FieldFunction, const PetscReal x[3], PetscReal variable);
PETSC_EXTERN PetscErrorCode      FieldFunctionFill(FieldFunction, Grid, PetscReal variable, Vec);
PETSC_EXTERN PetscBool           FieldFunctionVaries(FieldFunction);
PETSC_EXTERN PetscErrorCode      FieldFunctionDestroy(FieldFunction *);

PETSC_EXTERN PetscErrorCode FieldGetLayout(Grid, FieldLayout *);
PETSC_EXTERN PetscErrorCode FieldCheckSeams(Grid, const char option[], const char means[], Vec);
PETSC_EXTERN PetscErrorCode FieldCheckCells(Grid, const char option[], const char expr[], Vec);
PETSC_EXTERN PetscErrorCode FieldCheck(Grid, PetscErrorCode, const char[], PetscReal, Vec);
PETSC_EXTERN PetscErrorCode FieldFindBad(Grid, PetscReal lower, Vec, PetscInt *cell, PetscReal *value);
PETSC_EXTERN PetscErrorCode FieldDescribePlace(Grid, PetscInt cell, char place[], size_t length);
PETSC_EXTERN PetscErrorCode FieldSplitName(MPI_Comm, const char text[], char path[], const char **rest);
PETSC_EXTERN PetscBool      FieldIsRecord(const char word[]);

PETSC_EXTERN PetscErrorCode FieldAddDigest(Grid, const char option[], Vec);
PETSC_EXTERN PetscErrorCode FieldGetDigests(Grid, const char *lines[]);

PETSC_EXTERN PetscErrorCode FieldFileCreate(Grid, const char[], const char[], PetscBool, PetscInt, FieldFile *);
PETSC_EXTERN PetscErrorCode FieldFileOpen(Grid, const char[], const char[], FieldFile *);
PETSC_EXTERN PetscErrorCode FieldFileClose(FieldFile *, char[]);
PETSC_EXTERN PetscErrorCode FieldFileFail(FieldFile, PetscBool, const char[], ...) PETSC_ATTRIBUTE_FORMAT(3, 4);
PETSC_EXTERN void           FieldClockStart(FieldFile);
PETSC_EXTERN void           FieldClockStop(FieldFile);
PETSC_EXTERN PetscErrorCode FieldFilePublish(const char[], const char[], PetscBool, char[]);
PETSC_EXTERN void           FieldFileLook(const char path[], char trouble[]);

PETSC_EXTERN PetscErrorCode FieldSealWrite(MPI_Comm, const char[], PetscInt, char[]);
PETSC_EXTERN PetscErrorCode FieldSealVerify(MPI_Comm, const char[], char[]);
PETSC_EXTERN long long      FieldSealStep(const char[]);

PETSC_EXTERN PetscErrorCode FieldFileFind(FieldFile, const char[], const char[], char[]);
PETSC_EXTERN PetscErrorCode FieldFileReadField(FieldFile, const char[], Vec);
PETSC_EXTERN PetscErrorCode FieldFileWriteField(FieldFile, const char[], Vec);
PETSC_EXTERN PetscErrorCode FieldFileWriteWalls(FieldFile);
PETSC_EXTERN PetscErrorCode FieldFileWriteAxes(FieldFile);
PETSC_EXTERN PetscErrorCode FieldFileWriteTime(FieldFile, PetscReal);
PETSC_EXTERN PetscErrorCode FieldFileSetReals(FieldFile, const char[], const char[], PetscInt, const PetscReal[]);
PETSC_EXTERN PetscErrorCode FieldFileSetInt(FieldFile, const char[], const char[], PetscInt);
PETSC_EXTERN PetscErrorCode FieldFileSetBytes(FieldFile, const char[], const char[], PetscInt, const signed char[]);
PETSC_EXTERN PetscErrorCode FieldFileSetText(FieldFile, const char[], const char[], const char[]);
PETSC_EXTERN PetscBool      FieldFileHas(FieldFile, const char[]);
PETSC_EXTERN PetscErrorCode FieldFileGetReals(FieldFile, const char[], PetscInt, PetscReal[]);
PETSC_EXTERN PetscErrorCode FieldFileGetInt(FieldFile, const char[], PetscInt *);
PETSC_EXTERN PetscErrorCode FieldFileGetText(FieldFile, const char[], char **);

#endif
