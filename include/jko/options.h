/* Options: each class lists its own in a table beside its SetFromOptions(), a line each, and reads them by way of it. Help, the option
   reference, suggestions and the comparison at a restart read the same tables. */
#ifndef JKO_OPTIONS_H
#define JKO_OPTIONS_H

#include <petscviewer.h>
#include <jko/sys.h>

/* What the value of an option is. */
typedef enum {
  JKO_OPTION_BOOL,
  JKO_OPTION_INT,
  JKO_OPTION_REAL,
  JKO_OPTION_INTS, /* separated by commas, as all lists */
  JKO_OPTION_REALS,
  JKO_OPTION_WORD, /* one of a few */
  JKO_OPTION_WORDS,
  JKO_OPTION_EXPRESSION,
  JKO_OPTION_FIELD, /* a number, an expression or a file */
  JKO_OPTION_FILE,
  JKO_OPTION_DURATION, /* [hh:]mm:ss */
  JKO_OPTION_SWITCH,   /* a word, or no value at all */
  JKO_OPTION_VIEWER
} JKOOptionType;

/* What an option is to a flow that goes on from a checkpoint, where it differs from that of the checkpoint's run. */
typedef enum {
  JKO_OPTION_FREE,   /* nothing */
  JKO_OPTION_TUNES,  /* taken with a note: the same flow, solved differently */
  JKO_OPTION_BEGINS, /* refused where it is given: the flow has begun */
  JKO_OPTION_DEFINES /* refused: another flow */
} JKOOptionRole;

/* One option. A table ends with an entry without a name. */
typedef struct {
  const char   *name; /* as the user types it, without the prefix of its object: "-jko_dt"; of a term of the energy "-_exponent" */
  JKOOptionType type;
  JKOOptionRole role;
  const char   *usual; /* the value without it, NULL: none */
  const char   *unit, *help, *setter;
  const char   *needs;                                   /* the option without which it has no effect, or NULL */
  const char   *words;                                   /* other words by which it is looked for, separated by spaces, or NULL */
  PetscErrorCode (*choices)(char text[], size_t length); /* the types that are registered, for the help; or NULL */
  PetscBool first;                                       /* one of the few that a first run needs */
  PetscBool time;                                        /* its expression may know t */
} JKOOption;

PETSC_EXTERN PetscErrorCode JKOOptionsBool(JKOOptionItems, const JKOOption table[], const char name[], PetscBool *value, PetscBool *set);
PETSC_EXTERN PetscErrorCode JKOOptionsInt(JKOOptionItems, const JKOOption table[], const char name[], PetscInt *value, PetscBool *set);
PETSC_EXTERN PetscErrorCode JKOOptionsReal(JKOOptionItems, const JKOOption table[], const char name[], PetscReal *value, PetscBool *set);
PETSC_EXTERN PetscErrorCode JKOOptionsInts(JKOOptionItems, const JKOOption table[], const char name[], PetscInt value[], PetscInt *count,
                                           PetscBool *set);
PETSC_EXTERN PetscErrorCode JKOOptionsReals(JKOOptionItems, const JKOOption table[], const char name[], PetscReal value[], PetscInt *count,
                                            PetscBool *set);
PETSC_EXTERN PetscErrorCode JKOOptionsWords(JKOOptionItems, const JKOOption table[], const char name[], char *word[], PetscInt *count,
                                            PetscBool *set);
PETSC_EXTERN PetscErrorCode JKOOptionsText(JKOOptionItems, const JKOOption table[], const char name[], char text[], size_t length,
                                           PetscBool *set);
PETSC_EXTERN PetscErrorCode JKOOptionsDuration(JKOOptionItems, const JKOOption table[], const char name[], PetscReal *seconds,
                                               PetscBool *set);
PETSC_EXTERN PetscErrorCode JKOOptionsViewer(JKOOptionItems, const JKOOption table[], const char name[], PetscViewer *viewer);
PETSC_EXTERN int            JKOOptionTruth(const char word[]);

#endif
