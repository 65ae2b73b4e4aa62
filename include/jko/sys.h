/* What every class shares: PETSc 3.18 and newer under one spelling. */
#ifndef JKO_SYS_H
#define JKO_SYS_H

#include <petscvec.h>

#if PETSC_VERSION_LT(3, 18, 0)
  #error "jko needs PETSc 3.18 or newer"
#endif
#if defined(PETSC_USE_COMPLEX) || !defined(PETSC_USE_REAL_DOUBLE)
  #error "jko needs a PETSc with real scalars of double precision"
#endif

#if PETSC_VERSION_LT(3, 19, 0)
  #define PETSC_SUCCESS ((PetscErrorCode)0)
#endif

#if PETSC_VERSION_LT(3, 23, 0)
typedef PetscOptionItems *JKOOptionItems;
#else
typedef PetscOptionItems JKOOptionItems;
#endif

/* An error of the user's making, refused before the first step: its message is the one line that is printed. */
#define JKO_ERR_INPUT PETSC_ERR_USER_INPUT
/* A file that cannot be read or does not hold what it should. */
#define JKO_ERR_FILE PETSC_ERR_FILE_READ

/* What is told but does not end a flow: what it is of in a word, a line, what was found and the limit that it is beyond. */
#define JKO_WARNING_TEXT 1024
typedef struct {
  const char *name; /* lives as long as the program */
  char        text[JKO_WARNING_TEXT];
  PetscReal   value, limit;
} JKOWarning;
typedef PetscErrorCode      JKOWarningHandler(const JKOWarning *, void *);
PETSC_EXTERN PetscErrorCode JKOSetWarningHandler(JKOWarningHandler *, void *);

#endif
