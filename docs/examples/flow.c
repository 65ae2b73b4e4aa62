/* A flow in forty lines: the porous medium equation on the unit square, from C. See README.md for how to build it. */
#include <jko.h>

static PetscErrorCode Show(JKO jko, const JKOStepInfo *info, void *context)
{
  PetscFunctionBeginUser;
  (void)jko, (void)context;
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "step %2d  t %.1e  F %.6f  mass %.15f  its %d\n", (int)info->step, info->time, info->energy,
                        info->mass, (int)info->iterations));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char *argv[])
{
  const PetscInt n[2] = {128, 128};
  Grid           grid;
  Energy         energy;
  EnergyTerm     term;
  JKO            jko;
  Vec            rho;
  PetscReal      mass;
  const char    *failure;

  PetscFunctionBeginUser;
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(GridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(GridSetSizes(grid, 2, n));
  PetscCall(GridSetUp(grid));
  PetscCall(EnergyCreate(PETSC_COMM_WORLD, &energy));
  PetscCall(EnergySetGrid(energy, grid));
  PetscCall(EnergyAddTerm(energy, ENERGYPOWER, NULL, &term));
  PetscCall(EnergyPowerSetExponent(term, 3));
  PetscCall(GridCreateVector(grid, &rho));
  PetscCall(FieldFromExpression(grid, "density", "exp(-100*((x-0.4)^2+(y-0.5)^2))", FIELD_TIMELESS, rho));
  PetscCall(GridIntegrate(grid, rho, &mass));
  PetscCall(VecScale(rho, 1 / mass));
  PetscCall(JKOCreate(PETSC_COMM_WORLD, &jko));
  PetscCall(JKOSetGrid(jko, grid));
  PetscCall(JKOSetEnergy(jko, energy));
  PetscCall(JKOSetDensity(jko, rho));
  PetscCall(JKOSetTimeStep(jko, 1e-4));
  PetscCall(JKOSetMaxTime(jko, 1e-3));
  PetscCall(JKOSetFromOptions(jko));
  PetscCall(JKOMonitorSet(jko, Show, NULL));
  PetscCall(JKOSolve(jko));
  PetscCall(JKOGetFailure(jko, &failure)); /* a step that does not converge ends the flow, with a reason */
  PetscCheck(!failure[0], PETSC_COMM_WORLD, PETSC_ERR_NOT_CONVERGED, "%s", failure);
  PetscCall(JKOGetDensity(jko, rho));
  PetscCall(VecDestroy(&rho));
  PetscCall(JKODestroy(&jko));
  PetscCall(EnergyDestroy(&energy));
  PetscCall(GridDestroy(&grid));
  PetscCall(PetscFinalize());
  return 0;
}
