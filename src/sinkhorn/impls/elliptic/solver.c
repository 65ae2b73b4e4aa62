/* The linear solver of the elliptic problem, options prefix sinkhorn_elliptic_. In one dimension a direct solve. Beyond, conjugate
   gradients with one V-cycle of multigrid on the levels of level.c, whose matrices have no entries. Its smoother, Chebyshev's
   polynomial in the Jacobi iteration, does not depend on how the cells are spread, and its interval is known: the
   Jacobi iteration of a diagonally dominant matrix has its spectrum in (0, 2). With -sinkhorn_elliptic_pc_type the matrix is assembled
   for any other preconditioner. */
#include <petscdmda.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sysimpl.h>
#include "elliptic.h"

#define ELLIPTIC_COARSEST 256  /* cells that are solved for directly */
#define ELLIPTIC_SMOOTH   0.15 /* share of the spectrum, from below, that is left to coarser grids */

PetscLogEvent Sinkhorn_EllipticAssemble, Sinkhorn_EllipticSolve;

static PetscErrorCode SolverForgetEvents(void)
{
  PetscFunctionBegin;
  Sinkhorn_EllipticSolve = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SolverRegisterEvents(void)
{
  PetscFunctionBegin;
  if (Sinkhorn_EllipticSolve) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscLogEventRegister("SinkhornEllAsm", SINKHORN_CLASSID, &Sinkhorn_EllipticAssemble));
  PetscCall(PetscLogEventRegister("SinkhornEllSolve", SINKHORN_CLASSID, &Sinkhorn_EllipticSolve));
  PetscCall(PetscRegisterFinalize(SolverForgetEvents));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SolverCreateLevels(EllipticSolver *e, Grid grid)
{
  DM             dm;
  PetscReal      h[3];
  PetscInt       dim, cells;
  EllipticLevel *l;

  PetscFunctionBegin;
  PetscCall(GridGetDM(grid, &dm));
  PetscCall(GridGetSpacing(grid, h));
  PetscCall(GridGetDimension(grid, &dim));
  PetscCall(EllipticLevelCreate(dm, h, &l));
  for (e->count = 0; l && e->count < ELLIPTIC_MAX_LEVELS; e->count++) {
    e->level[e->count] = l;
    PetscCall(EllipticLevelCreateShells(l));
    PetscCall(VecGetSize(l->z, &cells));
    if (dim == 1 || cells <= ELLIPTIC_COARSEST)
      l = NULL;
    else
      PetscCall(EllipticLevelCoarsen(e->level[e->count], &l));
  }
  PetscCall(EllipticLevelDestroy(&l));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A direct solve that any PETSc has, on any number of ranks. */
static PetscErrorCode SolverSetDirect(KSP ksp)
{
  PC          pc;
  PetscMPIInt ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PetscObjectComm((PetscObject)ksp), &ranks));
  PetscCall(KSPSetType(ksp, KSPPREONLY));
  PetscCall(KSPGetPC(ksp, &pc));
  PetscCall(PCSetType(pc, ranks > 1 ? PCREDUNDANT : PCLU));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The matrices of multigrid, whose level 0 is the coarsest. */
static PetscErrorCode SolverSetMultigrid(EllipticSolver *e, PC pc)
{
  KSP ksp;
  PC  smoother;

  PetscFunctionBegin;
  PetscCall(PCMGGetCoarseSolve(pc, &ksp));
  PetscCall(SolverSetDirect(ksp));
  PetscCall(KSPSetOperators(ksp, e->assembled, e->assembled));
  for (PetscInt i = 0; i < e->count - 1; i++) {
    const PetscInt level = e->count - 1 - i;

    PetscCall(PCMGSetInterpolation(pc, level, e->level[i + 1]->prolongation));
    PetscCall(PCMGGetSmoother(pc, level, &ksp));
    PetscCall(KSPSetOperators(ksp, e->level[i]->matrix, e->level[i]->matrix));
    PetscCall(KSPSetType(ksp, KSPCHEBYSHEV));
    PetscCall(KSPChebyshevSetEigenvalues(ksp, 2, 2 * ELLIPTIC_SMOOTH));
    PetscCall(KSPSetTolerances(ksp, PETSC_DEFAULT, PETSC_DEFAULT, PETSC_DEFAULT, 2));
    PetscCall(KSPSetNormType(ksp, KSP_NORM_NONE));
    PetscCall(KSPGetPC(ksp, &smoother));
    PetscCall(PCSetType(smoother, PCJACOBI));
  }
  PetscCall(KSPSetOperators(e->ksp, e->level[0]->matrix, e->level[0]->matrix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The interpolation of algebraic multigrid has the density in its weights, so that it is made anew with the matrix unless the user wants
   it kept. */
static PetscErrorCode SolverRenewInterpolation(PC pc)
{
  const PetscObject object = (PetscObject)pc;
  PetscBool         given;

  PetscFunctionBegin;
  PetscCall(PetscOptionsHasName(object->options, object->prefix, "-pc_gamg_reuse_interpolation", &given));
  if (!given) PetscCall(PCGAMGSetReuseInterpolation(pc, PETSC_FALSE)); /* of another type it does nothing */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The options of a linear solver, those that are asked for in a solve too. */
PetscErrorCode EllipticSolverSetFromOptions(KSP ksp)
{
  static const char *const views[] = {"-ksp_view_pre", "-ksp_converged_reason", "-ksp_view_mat",         "-ksp_view_pmat",
                                      "-ksp_view_rhs", "-ksp_view_solution",    "-ksp_view_mat_explicit"};

  PetscFunctionBegin;
  PetscCall(KSPSetFromOptions(ksp));
  PetscCall(JKOExpectOptions((PetscObject)ksp, (PetscInt)(sizeof views / sizeof *views), views));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Conjugate gradients, or as a part of a larger problem, which has a name, a single cycle. */
static PetscErrorCode SolverCreateKSP(EllipticSolver *e, const char prefix[], const char part[])
{
  PC        pc;
  PetscBool multigrid;

  PetscFunctionBegin;
  PetscCall(KSPCreate(PetscObjectComm((PetscObject)e->level[0]->dm), &e->ksp));
  PetscCall(KSPSetOptionsPrefix(e->ksp, prefix));
  PetscCall(KSPAppendOptionsPrefix(e->ksp, "elliptic_"));
  if (part) PetscCall(KSPAppendOptionsPrefix(e->ksp, part));
  PetscCall(KSPSetTolerances(e->ksp, ELLIPTIC_TOL, 0, PETSC_DEFAULT, ELLIPTIC_MAX_IT));
  PetscCall(KSPGetPC(e->ksp, &pc));
  if (e->count > 1) {
    PetscCall(KSPSetType(e->ksp, part ? KSPPREONLY : KSPCG));
    PetscCall(KSPSetNormType(e->ksp, part ? KSP_NORM_NONE : KSP_NORM_UNPRECONDITIONED));
    PetscCall(PCSetType(pc, PCMG));
    PetscCall(PCMGSetLevels(pc, e->count, NULL));
  } else
    PetscCall(SolverSetDirect(e->ksp));
  PetscCall(EllipticSolverSetFromOptions(e->ksp));
  PetscCall(SolverRenewInterpolation(pc));
  PetscCall(PetscObjectTypeCompare((PetscObject)pc, PCMG, &multigrid));
  for (; e->count > 1 && !multigrid; e->count--) PetscCall(EllipticLevelDestroy(&e->level[e->count - 1]));
  PetscCall(EllipticLevelCreateMatrix(e->level[e->count - 1], &e->assembled));
  if (e->count > 1)
    PetscCall(SolverSetMultigrid(e, pc));
  else
    PetscCall(KSPSetOperators(e->ksp, e->assembled, e->assembled));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A solver for the grid of a step solver, or for a part of its problem. Its options are read here. Collective. */
PetscErrorCode EllipticSolverCreate(Sinkhorn s, const char prefix[], const char part[], EllipticSolver **solver)
{
  EllipticSolver *e;
  Grid            grid;

  PetscFunctionBegin;
  PetscCall(SolverRegisterEvents());
  PetscCall(PetscNew(&e));
  PetscCall(KernelGetGrid(s->kernel, &grid));
  PetscCall(SolverCreateLevels(e, grid));
  PetscCall(SolverCreateKSP(e, prefix, part));
  PetscCall(VecDuplicate(e->level[0]->x, &e->lp));
  PetscCall(VecSet(e->lp, -PETSC_MAX_REAL));
  PetscCall(VecDuplicate(e->level[0]->z, &e->x));
  PetscCall(VecDuplicate(e->level[0]->z, &e->b));
  PetscCall(EllipticOperatorUniform(e));
  PetscCall(KSPSetUp(e->ksp)); /* what it consists of asks for its options */
  *solver = e;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EllipticSolverDestroy(EllipticSolver **solver)
{
  EllipticSolver *e = *solver;

  PetscFunctionBegin;
  if (!e) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KSPDestroy(&e->ksp));
  PetscCall(MatDestroy(&e->assembled));
  PetscCall(VecDestroy(&e->lp));
  PetscCall(VecDestroy(&e->x));
  PetscCall(VecDestroy(&e->b));
  for (PetscInt i = 0; i < e->count; i++) PetscCall(EllipticLevelDestroy(&e->level[i]));
  PetscCall(PetscFree(*solver));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out = S in, or in / S. */
PetscErrorCode EllipticScale(EllipticSolver *e, PetscBool divide, Vec in, Vec out)
{
  const EllipticLevel *l = e->level[0];
  const PetscScalar   *root, *x;
  PetscScalar         *y;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(l->root, &root));
  PetscCall(VecGetArrayRead(in, &x));
  PetscCall(VecGetArrayWrite(out, &y));
  for (PetscInt k = 0, row = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++, row += l->width[0]) {
      const PetscScalar *r = root + EllipticLevelRow(l, j, k);

      for (PetscInt i = 0; i < l->width[0]; i++) y[row + i] = divide ? x[row + i] / r[i] : x[row + i] * r[i];
    }
  PetscCall(VecRestoreArrayWrite(out, &y));
  PetscCall(VecRestoreArrayRead(in, &x));
  PetscCall(VecRestoreArrayRead(l->root, &root));
  PetscFunctionReturn(PETSC_SUCCESS);
}
