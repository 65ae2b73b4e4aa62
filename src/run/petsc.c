/* PETSc's own options. It keeps no list of them: an option is PETSc's when PETSc has asked for it by the end of the set-up. Here are those
   that it asks for at its end only, or only when it was built with what they are about; and some that it knows, to suggest. */
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

/* RunPetscSolverUse - what options of a class of PETSc's solvers need to be asked for, or NULL where a name is none. Not collective. */
const char *RunPetscSolverUse(const char name[])
{
  static const char *const start[] = {"sinkhorn_snes_", "sinkhorn_elliptic_"}, *const use[] = {"-sinkhorn_type snes",
                                                                                               "-sinkhorn_type elliptic"};

  for (size_t i = 0; i < sizeof start / sizeof *start; i++)
    if (!strncasecmp(name, start[i], strlen(start[i]))) return use[i];
  return NULL;
}

/* RunSuggestPetsc - options of PETSc that a misspelt one may mean, without their dash. Not collective. */
PetscInt RunSuggestPetsc(const char *const **names)
{
  *names = Suggested;
  return (PetscInt)(sizeof Suggested / sizeof *Suggested);
}
