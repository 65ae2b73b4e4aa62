/* PETSc's private header, and what 3.18 to 3.25 of it spell differently. What public headers need of this kind is in jko/sys.h. */
#ifndef JKO_PRIVATE_PETSCCOMPAT_H
#define JKO_PRIVATE_PETSCCOMPAT_H

#include <petsc/private/petscimpl.h>

#if PETSC_VERSION_LT(3, 20, 0)
  #define PetscAssertPointer PetscValidPointer
#endif

#if PETSC_VERSION_LT(3, 22, 0)
  #define PETSC_INT_MAX PETSC_MAX_INT
#endif

/* The context of a PetscContainer as its destructor is given it: itself, or where it is kept. */
#if PETSC_VERSION_LT(3, 23, 0)
  #define PetscContainerSetCtxDestroy PetscContainerSetUserDestroy
typedef void *JKOContext;
  #define JKOContextGet(context) (context)
#else
  #if PETSC_VERSION_LT(3, 25, 0)
typedef void **JKOContext;
  #else
typedef PetscCtxRt JKOContext;
  #endif
  #define JKOContextGet(context) (*(void **)(context))
#endif

/* The MPI type of PetscBool, an enumeration before it was C's bool. */
#if PETSC_VERSION_LT(3, 24, 0)
  #define JKO_MPI_BOOL MPIU_BOOL
#else
  #define JKO_MPI_BOOL MPI_C_BOOL
#endif

#if PETSC_VERSION_LT(3, 25, 0)
  #define SNES_DIVERGED_FUNCTION_NANORINF SNES_DIVERGED_FNORM_NAN
#endif

#endif
