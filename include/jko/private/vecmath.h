/* Exponential and logarithm of arrays, with the binary exponent apart: value = mantissa 2^exponent.

   Any length; every cell goes through the same vector instructions, so that its result does not depend on where in an array it
   stands. Exponents are integers stored as reals. A NaN in gives a NaN out. */
#ifndef JKO_PRIVATE_VECMATH_H
#define JKO_PRIVATE_VECMATH_H

#include <petscsys.h>
#include <jko/private/simd.h>

#define VECMATH_LARGEST       1e15   /* logarithms beyond +-1e15 count as infinite */
#define VECMATH_ZERO_EXPONENT -1e300 /* exponent of a zero */

PETSC_EXTERN void VecMathExpSplit(PetscInt, const double[], double[], double[]);
PETSC_EXTERN void VecMathExpScaled(PetscInt, const double[], double, double, double[]);
PETSC_EXTERN void VecMathRange(PetscInt, const double[], double *, double *);
PETSC_EXTERN void VecMathLogSplit(PetscInt, const double[], const double[], double[]);
PETSC_EXTERN void VecMathLogScaled(PetscInt, const double[], double, double[]);

#endif
