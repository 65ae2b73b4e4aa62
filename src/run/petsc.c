/* PETSc's own options. It keeps no list of them: an option is PETSc's when PETSc has asked for it by the end of the set-up. Here are those
   that it asks for at its end only, or only when it was built with what they are about; and some that it knows, to suggest. */
#include <errno.h>
#include <stdlib.h>
#include <jko/private/petsccompat.h>
#include <jko/private/runimpl.h>

static const char *const AtItsEnd[] = {"citations",
                                       "info",
                                       "info_exclude",
                                       "memory_view",
                                       "mpi_return_on_error",
                                       "objects_dump",
                                       "log",
                                       "log_all",
                                       "log_exclude",
                                       "log_mpe",
                                       "log_nvtx",
                                       "log_sync",
                                       "log_threshold",
                                       "log_trace",
                                       "log_view",
                                       "log_view_gpu_time",
                                       "log_view_memory",
                                       "malloc",
                                       "malloc_coalesce",
                                       "malloc_debug",
                                       "malloc_dump",
                                       "malloc_hbw",
                                       "malloc_info",
                                       "malloc_test",
                                       "malloc_view",
                                       "malloc_view_threshold",
                                       "on_error_abort",
                                       "on_error_attach_debugger",
                                       "on_error_emacs",
                                       "on_error_malloc_dump",
                                       "on_error_mpiabort",
                                       "options_file_yaml",
                                       "options_left",
                                       "options_monitor",
                                       "options_monitor_cancel",
                                       "options_string_yaml",
                                       "options_suppress_deprecated_warnings",
                                       "options_view"};

static const char *const Suggested[] = {"log_view",
                                        "options_file",
                                        "options_left",
                                        "options_view",
                                        "memory_view",
                                        "malloc_debug",
                                        "malloc_dump",
                                        "info",
                                        "sinkhorn_snes_type",
                                        "sinkhorn_snes_anderson_depth",
                                        "sinkhorn_snes_view",
                                        "sinkhorn_snes_monitor",
                                        "sinkhorn_snes_max_it",
                                        "sinkhorn_snes_converged_reason",
                                        "sinkhorn_snes_linesearch_type",
                                        "sinkhorn_elliptic_ksp_type",
                                        "sinkhorn_elliptic_ksp_rtol",
                                        "sinkhorn_elliptic_ksp_max_it",
                                        "sinkhorn_elliptic_ksp_converged_reason",
                                        "sinkhorn_elliptic_pc_type"};

/* RunPetscSolverUse - what options of a class of PETSc's solvers need to be asked for, or NULL where a name is none. Not collective. */
const char *RunPetscSolverUse(const char name[])
{
  static const char *const start[] = {"sinkhorn_snes_", "sinkhorn_elliptic_"}, *const use[] = {"-sinkhorn_type snes",
                                                                                               "-sinkhorn_type elliptic"};

  for (size_t i = 0; i < sizeof start / sizeof *start; i++)
    if (!strncasecmp(name, start[i], strlen(start[i]))) return use[i];
  return NULL;
}

static PetscBool NeedsValue(const char name[])
{
  static const char *const ends[] = {"_type", "tol", "_it", "_depth", "_restart", "_levels", "_factor", "_threshold"};
  const size_t             length = strlen(name);

  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (length > strlen(ends[i]) && !strcasecmp(name + length - strlen(ends[i]), ends[i])) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Keeps what is wrong with the value of an option of PETSc's solvers. */
static PetscErrorCode FindWrongValue(const char name[], const char value[], void *context)
{
  char     *wrong = context, *end;
  long long integer;

  PetscFunctionBegin;
  if (wrong[0] || !RunPetscSolverUse(name)) PetscFunctionReturn(PETSC_SUCCESS);
  errno   = 0;
  integer = strtoll(value, &end, 10);
  if (!value[0] && NeedsValue(name)) (void)snprintf(wrong, RUN_TEXT, "-%s has no value", name);
  if (end > value && !*end && (errno == ERANGE || integer > PETSC_INT_MAX || integer < -(long long)PETSC_INT_MAX - 1))
    (void)snprintf(wrong, RUN_TEXT, "-%s: '%s' is beyond the largest integer, %" PetscInt_FMT "; write a large number as 1e10", name, value,
                   PETSC_INT_MAX);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunRefusePetscValues - PETSc takes an option of its solvers without its value for none, and wraps integers round. Collective. */
PetscErrorCode RunRefusePetscValues(void)
{
  char wrong[RUN_TEXT] = "";

  PetscFunctionBegin;
  PetscCall(RunVisitOptions(FindWrongValue, wrong));
  PetscCheck(!wrong[0], PETSC_COMM_WORLD, JKO_ERR_INPUT, "%s", wrong);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunBelongsToPetsc - whether PETSc asks for the option when it is too late to judge. Not collective. */
PetscBool RunBelongsToPetsc(const char name[])
{
  for (size_t i = 0; i < sizeof AtItsEnd / sizeof *AtItsEnd; i++)
    if (!strcasecmp(name, AtItsEnd[i])) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* RunIsPetscGroup - whether options of PETSc begin with the name. Not collective. */
PetscBool RunIsPetscGroup(const char name[])
{
  static const char *const groups[] = {"options", "log", "malloc", "info", "draw", "snes", "ksp", "pc", "mat", "vec", "dm", "mpi", "sf"};

  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
    if (!strcasecmp(name, groups[i])) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* RunPetscSolver - the class of PETSc's solvers that an option without the prefix of this program's belongs to, or NULL. Not collective. */
const char *RunPetscSolver(const char name[])
{
  static const char *const start[] = {"snes_", "ksp_", "pc_"}, *const prefixed[] = {"sinkhorn_snes_", "sinkhorn_elliptic_ksp_",
                                                                                    "sinkhorn_elliptic_pc_"};

  for (size_t i = 0; i < sizeof start / sizeof *start; i++)
    if (!strncasecmp(name, start[i], strlen(start[i]))) return prefixed[i];
  return NULL;
}

/* RunSuggestPetsc - options of PETSc that a misspelt one may mean, without their dash. Not collective. */
PetscInt RunSuggestPetsc(const char *const **names)
{
  *names = Suggested;
  return (PetscInt)(sizeof Suggested / sizeof *Suggested);
}
