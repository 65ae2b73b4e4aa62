#ifndef JKO_PRIVATE_OPTIONSIMPL_H
#define JKO_PRIVATE_OPTIONSIMPL_H

#include <jko/options.h>

#define JKO_OPTION_TABLE(class, title, table) PETSC_INTERN const JKOOption table[];
#include <jko/private/optiontables.h>
#undef JKO_OPTION_TABLE

/* Called with the options that a registered type has of its own, and other words for the type; either may be NULL. */
typedef PetscErrorCode      JKOTypeVisitor(const char type[], const JKOOption table[], const char words[], void *context);
PETSC_INTERN PetscErrorCode EnergyVisitTypes(JKOTypeVisitor *, void *);
PETSC_INTERN PetscErrorCode SinkhornVisitTypes(JKOTypeVisitor *, void *);
PETSC_INTERN PetscErrorCode MonitorVisitTypes(JKOTypeVisitor *, void *);

#endif
