/* Options of PETSc's nonlinear solvers that cannot mean anything here. */
#include <jko/private/sinkhornimpl.h>

/* Types that want what a fixed point does not have: subdomains, levels, sweeps over single unknowns, bounds, a solve of the user's own,
   parts to compose, a Jacobian to transpose; or that never look at whether they have converged. */
static const char *const Unfit[] = {"aspin",        "composite",  "fas", "ksponly", "ksptransposeonly", "ms",    "nasm",
                                    "newtonal",     "newtontrdc", "ngs", "patch",   "python",           "shell", "vinewtonrsls",
                                    "vinewtonssls", NULL};

/* Linear solvers that wait for ever or crash on more than one rank. */
static const struct {
  const char *option, *type;
} Broken[] = {{"-ksp_type", "pipelcg"}, {"-pc_type", "mpi"}, {"-pc_type", "tfs"}};

static const struct {
  const char *option, *instead;
} Useless[] = {{"-snes_rtol", "-sinkhorn_tol"},
               {"-snes_atol", "-sinkhorn_tol"},
               {"-snes_stol", "-sinkhorn_tol"},
               {"-snes_divergence_tolerance", "-sinkhorn_tol"},
               {"-snes_convergence_test", "-sinkhorn_tol"},
               {"-snes_max_it", "-sinkhorn_max_it"},
               {"-snes_max_funcs", "-sinkhorn_max_it"},
               {"-snes_force_iteration", "-sinkhorn_max_it"}};

static PetscErrorCode RefuseType(Sinkhorn s, const char prefix[])
{
  char      type[64] = "";
  PetscBool set, unfit, newton, free;

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetString(((PetscObject)s)->options, prefix, "-snes_type", type, sizeof type, &set));
  for (const char *const *name = Unfit; *name && set; name++) {
    PetscCall(PetscStrcmp(type, *name, &unfit));
    PetscCheck(!unfit, PetscObjectComm((PetscObject)s), JKO_ERR_INPUT,
               "-%ssnes_type: %s does not solve fixed points; use weightedanderson, elliptic, anderson, ngmres, qn or nrichardson", prefix,
               type);
  }
  PetscCall(PetscStrncmp(type, "newton", 6, &newton));
  PetscCall(PetscOptionsHasName(((PetscObject)s)->options, prefix, "-snes_mf", &free));
  PetscCheck(!newton || free, PetscObjectComm((PetscObject)s), JKO_ERR_INPUT,
             "-%ssnes_type: %s wants a Jacobian, which there is not; give -%ssnes_mf as well, or use elliptic", prefix, type, prefix);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RefuseBroken(Sinkhorn s)
{
  char      type[64] = "";
  PetscBool broken;

  PetscFunctionBegin;
  for (size_t i = 0; i < sizeof Broken / sizeof *Broken; i++) {
    PetscCall(PetscOptionsGetString(((PetscObject)s)->options, "sinkhorn_elliptic_", Broken[i].option, type, sizeof type, &broken));
    if (broken) PetscCall(PetscStrcmp(type, Broken[i].type, &broken));
    PetscCheck(!broken, PetscObjectComm((PetscObject)s), JKO_ERR_INPUT, "-sinkhorn_elliptic_%s: %s cannot solve this problem; leave it out",
               Broken[i].option + 1, type);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* SinkhornRefuseOptions - refuses types that cannot work and tolerances that nobody would look at. Collective. */
PetscErrorCode SinkhornRefuseOptions(Sinkhorn s)
{
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(RefuseType(s, "sinkhorn_"));
  PetscCall(RefuseType(s, "sinkhorn_npc_"));
  PetscCall(RefuseBroken(s));
  for (size_t i = 0; i < sizeof Useless / sizeof *Useless; i++) {
    PetscCall(PetscOptionsHasName(((PetscObject)s)->options, "sinkhorn_", Useless[i].option, &set));
    PetscCheck(!set, PetscObjectComm((PetscObject)s), JKO_ERR_INPUT, "-sinkhorn_%s has no effect; give %s", Useless[i].option + 1,
               Useless[i].instead);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
