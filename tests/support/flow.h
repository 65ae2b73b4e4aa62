/* Flows for tests: a grid, an energy and a density in one call each, and exact solutions to hold them against. */
#ifndef JKO_TESTS_FLOW_H
#define JKO_TESTS_FLOW_H

#include "harness.h"

/* A function of place and time; its parameters are behind the pointer. */
typedef PetscReal (*FlowFunction)(const PetscReal x[3], PetscReal t, const void *parameters);

Grid FlowGrid(MPI_Comm comm, PetscInt dim, const PetscInt n[], PetscReal lower, PetscReal upper, GridBoundary boundary);
/* Walls where the function is positive, before anything else is made of the grid. */
void FlowWalls(Grid grid, FlowFunction f, const void *parameters);
/* A vector of the grid with the function's values at cell centres. */
Vec FlowField(Grid grid, FlowFunction f, PetscReal t, const void *parameters);
/* An energy of the terms given, ended by NULL: "entropy", "power", ... Their options come from the options database. */
Energy FlowEnergy(Grid grid, ...);
/* An energy of what these options say, "-energy_terms entropy -energy_entropy_coefficient 2", say; not set up. */
Energy FlowEnergyOf(Grid grid, const char options[]);
/* Gives an energy what these options say. */
void FlowEnergyRead(Energy energy, const char options[]);
/* A flow from a density, ready for its options to be set. The flow keeps grid and energy alive; all three are given away. */
JKO FlowStart(Grid grid, Energy energy, Vec rho);
/* A flow from f at time t, of mass 1, ready for its options to be set. The flow keeps grid and energy alive; both are given away. */
JKO FlowCreate(Grid grid, Energy energy, FlowFunction f, PetscReal t, const void *parameters);
/* F'(rho) at a place. */
typedef PetscReal (*FlowVariation)(PetscReal x, PetscReal rho, const void *parameters);
/* d/dt rho = d/dx(rho d/dx F'(rho)) on n cells of [0, 1] by explicit finite volumes of second order in space, from what is in rho. On every
   rank alike. The step is the width of a cell squared over `diffusivity`. */
void FlowFiniteVolumes(PetscInt n, FlowVariation f, const void *parameters, PetscReal diffusivity, PetscReal time, PetscReal rho[]);
/* L1 distance of the flow's density on [0, 1] to these values. */
PetscReal FlowDistance(JKO jko, const PetscReal rho[]);
/* Runs the flow for the number of steps; the reason must be a success. */
void FlowRun(JKO jko, PetscReal dt, PetscInt steps);
/* L1 distance of the flow's density to f at time t, f scaled to the same mass. */
PetscReal FlowError(JKO jko, FlowFunction f, PetscReal t, const void *parameters);

/* Barenblatt's solution of d/dt rho = Laplace(rho^m), mass 1 (Vazquez, The Porous Medium Equation, 2007, section 4.4). */
typedef struct {
  PetscInt  dim;
  PetscReal m, centre[3];
} FlowBarenblatt;
/* Its energy F = int rho^m / (m-1). */
Energy    FlowPorousMedium(Grid grid, PetscReal m);
PetscReal FlowBarenblattValue(const PetscReal x[3], PetscReal t, const void *barenblatt);

/* The Ornstein-Uhlenbeck process d/dt rho = D Laplace(rho) + div(rho k (x - c)) from a Gaussian, the same along each axis. With k = 0
   the heat equation. */
typedef struct {
  PetscInt  dim;
  PetscReal k, diffusivity, centre, mean, variance;
} FlowGaussian;
PetscReal FlowGaussianValue(const PetscReal x[3], PetscReal t, const void *gaussian);
/* Its potential k |x - c|^2 / 2. */
PetscReal FlowGaussianPotential(const PetscReal x[3], PetscReal t, const void *gaussian);
/* Its energy F = D int rho log rho + int V rho. */
Energy FlowFokkerPlanck(Grid grid, const FlowGaussian *g);

#endif
