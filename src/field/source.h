/* A dataset of somebody's file as a field: how its numbers are meant, where its values lie. */
#ifndef JKO_FIELD_SOURCE_H
#define JKO_FIELD_SOURCE_H

#include <jko/private/fieldimpl.h>

#define FIELD_NAME   64 /* characters of a name or a unit that are of use */
#define FIELD_FILLS  8
#define FIELD_FILTER (FIELD_NAME + 32) /* characters of the name of a filter */
#define FIELD_TIME   3                 /* the kind of a dimension, after x, y, z */

#if defined(PETSC_USE_REAL_SINGLE)
  #define FIELD_MEMORY_TYPE H5T_NATIVE_FLOAT
#else
  #define FIELD_MEMORY_TYPE H5T_NATIVE_DOUBLE
#endif

/* value = scale * number + offset, unless the number stands for none. */
typedef struct {
  PetscBool packed;
  double    scale, offset, wrap; /* wrap: added to negative numbers, 0 where they are negative */
  int       fills;               /* numbers that stand for none */
  double    fill[FIELD_FILLS];
  double    least, greatest; /* numbers beyond these stand for none */
} FieldMeaning;

/* One dimension of a dataset. */
typedef struct {
  char    name[FIELD_NAME], units[FIELD_NAME]; /* "" without one */
  int     kind;                                /* 0, 1, 2: along x, y, z; FIELD_TIME; -1: it does not say */
  hsize_t n;
  double *centre;    /* its coordinates, or NULL */
  double *face;      /* n + 1, where the file has these, or NULL */
  double  precision; /* of these, a length */
} FieldDimension;

/* A dataset whose last dimensions are the axes of the grid; of those before them one record is taken. */
typedef struct {
  FieldFile      file;
  FieldLayout    layout; /* of the grid */
  char           name[256];
  hid_t          dataset;
  int            rank, lead; /* dimensions, and those before the axes */
  hsize_t        size[H5S_MAX_RANK], record[H5S_MAX_RANK];
  FieldDimension dim[3];
  PetscBool      down[3]; /* whether coordinates run down, so that the values are to be turned round */
  FieldMeaning   meaning;
} FieldSource;

/* Numbers without a value that were met on this rank. */
typedef struct {
  long long fills, unwritten;
  double    fill; /* the last of the former */
} FieldGaps;

/* source */
PETSC_INTERN PetscErrorCode FieldSourceOpen(FieldFile, const char name[], const char record[], PetscBool any, FieldSource *);
PETSC_INTERN PetscErrorCode FieldSourceClose(FieldSource *);
PETSC_INTERN void           FieldFindStranger(hid_t dataset, char name[], size_t length);
/* its values */
PETSC_INTERN herr_t FieldSourceReadBlock(FieldSource *, const hsize_t start[], const hsize_t width[], PetscBool together, PetscScalar *,
                                         FieldGaps *);
PETSC_INTERN PetscErrorCode FieldSourceRead(FieldSource *, Vec, FieldGaps *);
PETSC_INTERN PetscErrorCode FieldSourceRefuseGaps(FieldSource *, const FieldGaps *, Vec);
PETSC_INTERN PetscErrorCode FieldSourceInterpolate(FieldSource *, FieldInterpolation, Vec, FieldGaps *);
/* meaning */
PETSC_INTERN const char *FieldMeaningRead(hid_t dataset, FieldMeaning *);
PETSC_INTERN PetscBool   FieldMeaningIsNone(const FieldMeaning *, double number);
PETSC_INTERN double      FieldMeaningValue(const FieldMeaning *, double number);
PETSC_INTERN PetscBool   FieldTextRead(hid_t object, const char name[], char text[], size_t length);
PETSC_INTERN int         FieldNumbersRead(hid_t object, const char name[], int most, double number[]);
/* dimensions */
PETSC_INTERN int  FieldKindOf(hid_t coordinate, const char name[]);
PETSC_INTERN void FieldDimensionsRead(FieldSource *);
PETSC_INTERN void FieldDimensionsFree(FieldSource *);
/* against the grid */
PETSC_INTERN PetscErrorCode FieldInterpolateCure(FieldFile, char cure[], size_t length);
PETSC_INTERN PetscErrorCode FieldSourceMatchNames(FieldSource *);
PETSC_INTERN PetscErrorCode FieldSourceMatchPlaces(FieldSource *);
PETSC_INTERN PetscErrorCode FieldSourceTellDown(const FieldSource *, int i);

#endif
