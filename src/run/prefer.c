/* A field comes from an expression or from a file, by two options. One on the command line outweighs the other in an options file, with
   what belongs to that: a preset is given another start by -density_file alone. Both in one place are refused when they are read. */
#include <strings.h>
#include <jko/private/runimpl.h>

static PetscBool IsGiven(int argc, char *argv[], const char option[])
{
  for (int i = 1; i < argc; i++)
    if (!strcasecmp(argv[i] + (argv[i][0] == '-' && argv[i][1] == '-'), option)) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Whether an option may be one of two that a field comes by. */
static PetscBool MayBeField(const char option[])
{
  static const char *const parts[] = {"density", "grid_obstacle", "energy_", "reaction_", "monitor_target"};

  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (strstr(option, parts[i])) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* RunPreferCommandLine - drops what options files say of a field that the command line gives. Not collective, but the same on all ranks. */
PetscErrorCode RunPreferCommandLine(int argc, char *argv[])
{
  static const char *const ends[] = {"", "_file", "_interpolate"};
  char                     base[PETSC_MAX_OPTION_NAME], sister[PETSC_MAX_OPTION_NAME + 16];

  PetscFunctionBegin;
  for (int i = 1; i < argc; i++) {
    char *end;

    if (argv[i][0] != '-') continue;
    PetscCall(PetscStrncpy(base, argv[i] + (argv[i][1] == '-'), sizeof base));
    PetscCall(PetscStrtolower(base)); /* PETSc knows options in any case */
    if (!MayBeField(base)) continue;
    end = strlen(base) > 5 ? base + strlen(base) - 5 : NULL;
    if (end && !strcmp(end, "_file")) *end = 0;
    for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
      PetscCall(PetscSNPrintf(sister, sizeof sister, "%s%s", base, ends[e]));
      if (!IsGiven(argc, argv, sister)) PetscCall(PetscOptionsClearValue(NULL, sister));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
