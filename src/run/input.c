/* The initial density and the target, from an expression or a file; the target is scaled to the mass of the flow, unless that reacts. */
#include <math.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

/* The mass of a field that came in by the option; it must be positive. What lies in walls is taken out, and told. */
static PetscErrorCode GetMass(Run run, const char option[], Vec v, PetscReal *mass)
{
  PetscReal lost;

  PetscFunctionBegin;
  PetscCall(FieldCheck(run->grid, JKO_ERR_INPUT, option, 0, v));
  PetscCall(GridIntegrate(run->grid, v, mass));
  PetscCall(GridIntegrateWalls(run->grid, v, &lost));
  PetscCheck(*mass > 0 || !(lost > 0), PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "%s: all of its mass is in walls (-grid_obstacle); give it room", option);
  PetscCheck(*mass > 0 && PetscIsNormalReal(*mass), PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "%s: the mass is %g; it must be positive", option, (double)*mass);
  if (lost > 0)
    PetscCall(PetscPrintf(PetscObjectComm((PetscObject)run), "%s: %.3g of its mass %.6g is in walls and left out\n", option, (double)lost,
                          (double)(*mass + lost)));
  PetscCall(GridFillWalls(run->grid, v, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunReacts - whether the mass of the flow changes. Not collective. */
PetscBool RunReacts(Run run)
{
  const char *metric;

  (void)JKOGetMetric(run->jko, &metric);
  return (PetscBool)(strcmp(metric, "wasserstein") != 0);
}

/* RunDensityOption - "-density_file", of a species "-a_density_file". Not collective. */
PetscErrorCode RunDensityOption(Run run, PetscInt species, const char suffix[], char option[], size_t length)
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(option, length, "-%s%sdensity%s", run->species > 1 ? run->species_name[species] : "", run->species > 1 ? "_" : "",
                          suffix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunPartName - the name of a dataset of a species, "density_a"; without species the name itself. Not collective. */
PetscErrorCode RunPartName(Run run, const char name[], PetscInt species, char part[], size_t length)
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(part, length, "%s%s%s", name, run->species > 1 ? "_" : "", run->species > 1 ? run->species_name[species] : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A density from where its options say, of the mass that they say. Collective. */
static PetscErrorCode ReadDensity(Run run, PetscInt species, Vec rho)
{
  const RunInput *input = &run->input[species];
  char            option[64], usual[64];
  PetscReal       mass;

  PetscFunctionBegin;
  PetscCall(RunDensityOption(run, species, input->expression[0] ? "" : "_file", option, sizeof option));
  PetscCall(RunPartName(run, "density", species, usual, sizeof usual));
  if (input->expression[0]) {
    PetscCall(FieldFromExpression(run->grid, option, input->expression, FIELD_TIMELESS, rho));
    PetscCall(FieldCheckCells(run->grid, option, input->expression, rho));
  } else
    PetscCall(FieldFromFileInterpolated(run->grid, option, input->file, usual, input->interpolate ? FIELD_MEANS : FIELD_AS_IT_IS, rho));
  PetscCall(FieldCheckSeams(run->grid, option, "the density is cut there", rho));
  PetscCall(GetMass(run, option, rho, &mass));
  if (input->mass > 0) PetscCall(VecScale(rho, input->mass / mass));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunReadDensity - gives the flow its initial density, or those of its species. Collective. */
PetscErrorCode RunReadDensity(Run run)
{
  Vec       part;
  PetscReal mass;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < run->species; k++) {
    PetscCall(GridGetPart(run->grid, run->rho, k, PETSC_TRUE, &part));
    PetscCall(ReadDensity(run, k, part));
    PetscCall(GridRestorePart(run->grid, run->rho, PETSC_TRUE, &part));
  }
  PetscCall(JKOSetDensity(run->jko, run->rho));
  PetscCall(JKOGetDensity(run->jko, run->rho));
  run->initial_mass = 0;
  for (PetscInt k = 0; k < run->species; k++) {
    PetscCall(GridGetPart(run->grid, run->rho, k, PETSC_FALSE, &part));
    PetscCall(GridIntegrate(run->grid, part, &mass));
    PetscCall(GridRestorePart(run->grid, run->rho, PETSC_FALSE, &part));
    run->initial_mass += mass;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadTargetDensity(Run run)
{
  PetscBool is_file;

  PetscFunctionBegin;
  PetscCall(FieldIsFile(PetscObjectComm((PetscObject)run), run->target, &is_file));
  PetscCheck(is_file || !run->target_interpolate, PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "-monitor_target_interpolate: there is nothing to interpolate without a file; give -monitor_target FILE");
  if (is_file)
    PetscCall(FieldFromFileInterpolated(run->grid, "-monitor_target", run->target, "density",
                                        run->target_interpolate ? FIELD_MEANS : FIELD_AS_IT_IS, run->log_target));
  else {
    PetscCall(FieldFromExpression(run->grid, "-monitor_target", run->target, FIELD_TIMELESS, run->log_target));
    PetscCall(FieldCheckCells(run->grid, "-monitor_target", run->target, run->log_target));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A flow that reacts by the energy that it is transported by rests where F' = 0. */
static PetscErrorCode ReadGibbs(Run run, PetscReal mass)
{
  Energy    energy;
  PetscBool known;

  PetscFunctionBegin;
  PetscCall(JKOGetEnergy(run->jko, &energy));
  PetscCheck(!run->reaction || run->reaction == energy, PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "-monitor_target: gibbs is not known for a flow that reacts by -reaction_terms of its own; give an expression or a file");
  PetscCall(EnergyGetGibbs(energy, RunReacts(run) ? 0 : mass, run->log_target, &known));
  PetscCheck(known, PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "-monitor_target: gibbs is not known for this energy; give an expression or a file");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunReadTarget - the log of the target's density, of the mass that the flow began with: a restart sees the same target, although the mass
   of its state may be another in the last digit; in a flow that reacts, of the mass it has. Collective; after the density. */
PetscErrorCode RunReadTarget(Run run)
{
  PetscReal    target_mass;
  PetscScalar *a;
  PetscInt     n;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(run->rho, &run->log_target));
  if (!strcmp(run->target, "gibbs")) {
    PetscCall(ReadGibbs(run, run->initial_mass));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(ReadTargetDensity(run));
  PetscCall(FieldCheckSeams(run->grid, "-monitor_target", "the target is cut there", run->log_target));
  PetscCall(GetMass(run, "-monitor_target", run->log_target, &target_mass));
  PetscCall(VecGetLocalSize(run->log_target, &n));
  PetscCall(VecGetArray(run->log_target, &a));
  for (PetscInt i = 0; i < n; i++) a[i] = log(RunReacts(run) ? a[i] : a[i] * (run->initial_mass / target_mass));
  PetscCall(VecRestoreArray(run->log_target, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}
