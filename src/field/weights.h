/* Interpolation along one axis. */
#ifndef JKO_FIELD_WEIGHTS_H
#define JKO_FIELD_WEIGHTS_H

#include "source.h"

/* The faces of n cells, going up. */
typedef struct {
  hsize_t       n;
  double       *at;     /* n + 1, lengths */
  const double *centre; /* of cells that are not equal, else NULL; borrowed */
  double        slack;  /* within which they are known */
} FieldFaces;

/* Cells of an axis of the grid on this rank. */
typedef struct {
  PetscInt first, count;
  double   lower, h; /* of the box; of a cell */
} FieldAxis;

typedef struct {
  hsize_t from;
  double  weight;
} FieldWeight;

/* Cell c is made of entry[first[c]] to before entry[first[c + 1]]; all come from least <= from < end. */
typedef struct {
  PetscInt    *first, count, space;
  FieldWeight *entry;
  hsize_t      least, end;
} FieldWeights;

PETSC_INTERN PetscErrorCode FieldFacesMake(const FieldDimension *, double lower, double upper, FieldFaces *);
PETSC_INTERN PetscErrorCode FieldWeightsMake(const FieldFaces *, FieldInterpolation, const FieldAxis *, double period, FieldWeights *);
PETSC_INTERN PetscErrorCode FieldWeightsFree(FieldWeights *);
PETSC_INTERN double         FieldShareInside(const FieldFaces *, hsize_t cell, double lower, double upper);

#endif
