/* -jko_monitor draw: the density of every state in a window of PETSc's, whose options (-draw_type x|image|tikz|null, -draw_save,
   -draw_pause,
   ...) are PETSc's own: a curve in 1-D, an image in 2-D, in 3-D the image of the integrals along z; of several species the sum of their
   densities. */
#include <petscdmda.h>
#include <petscdraw.h>
#include <jko/private/runimpl.h>

/* How many of the ranks share the axis x of a picture; those of a grid in 3-D may be too many for it. */
static PetscErrorCode SharePicture(Run run, const PetscInt n[3], PetscInt *along)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  PetscMPIInt    size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  *along = PetscMin(size, n[0]);
  while (*along && (size % *along || size / *along > n[1])) (*along)--;
  PetscCheck(*along, comm, JKO_ERR_INPUT, "-jko_monitor draw: %" PetscInt_FMT " x %" PetscInt_FMT " cells are too few for %d ranks", n[0],
             n[1], size);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The picture: the cells of the grid along x and y, over the box. */
static PetscErrorCode CreatePicture(Run run, DM *dm)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  PetscInt       dim, n[3], along = 1;
  PetscReal      h[3], first[3], last[3];
  PetscMPIInt    size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(GridGetDimension(run->grid, &dim));
  PetscCall(GridGetSizes(run->grid, n));
  PetscCall(GridGetSpacing(run->grid, h));
  PetscCall(GridGetBox(run->grid, first, last));
  PetscCall(SharePicture(run, n, &along));
  for (int a = 0; a < 3; a++) first[a] += h[a] / 2, last[a] -= h[a] / 2;
  PetscCall(DMDACreate(comm, dm));
  PetscCall(DMSetDimension(*dm, PetscMin(dim, 2)));
  PetscCall(DMDASetSizes(*dm, n[0], n[1], 1));
  PetscCall(DMDASetNumProcs(*dm, along, size / along, 1));
  PetscCall(DMDASetDof(*dm, 1));
  PetscCall(DMDASetStencilType(*dm, DMDA_STENCIL_BOX));
  PetscCall(DMDASetStencilWidth(*dm, 1));
  PetscCall(DMSetUp(*dm));
  PetscCall(DMDASetUniformCoordinates(*dm, first[0], last[0], first[1], last[1], 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Opens the window. Without a display PETSc says so at length, on every rank, and goes on with one that shows nothing: that is refused,
   unless it is what was asked for. */
static PetscErrorCode OpenWindow(Run run)
{
  PetscErrorCode (*const print)(const char[], ...) = PetscErrorPrintf;
  const MPI_Comm comm                              = PetscObjectComm((PetscObject)run);
  char           asked[32]                         = "";
  PetscDraw      draw;
  PetscDrawType  type;
  PetscBool      without, blind;

  PetscFunctionBegin;
  PetscCall(PetscViewerDrawOpen(comm, NULL, "density", PETSC_DECIDE, PETSC_DECIDE, PETSC_DECIDE, PETSC_DECIDE, &run->window));
  PetscErrorPrintf = PetscErrorPrintfNone;
  PetscCall(PetscViewerDrawGetDraw(run->window, 0, &draw));
  PetscErrorPrintf = print;
  PetscCall(PetscDrawGetType(draw, &type));
  PetscCall(PetscOptionsGetString(NULL, NULL, "-draw_type", asked, sizeof asked, NULL));
  PetscCall(PetscOptionsHasName(NULL, NULL, "-nox", &without));
  blind = (PetscBool)(!strcmp(type, PETSC_DRAW_NULL) && strcmp(asked, PETSC_DRAW_NULL) != 0 && !without);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &blind, 1, JKO_MPI_BOOL, MPI_LOR, comm));
  PetscCheck(!blind, comm, JKO_ERR_INPUT,
             "-jko_monitor draw: there is no display to draw on; set DISPLAY, or give -draw_type image -draw_save FILE.ppm");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunDrawOpen - the window and what it is to show, before anything is written. Collective. */
PetscErrorCode RunDrawOpen(Run run)
{
  DM dm;

  PetscFunctionBegin;
  if (!run->draws) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(CreatePicture(run, &dm));
  PetscCall(DMCreateGlobalVector(dm, &run->picture));
  PetscCall(DMDestroy(&dm));
  PetscCall(OpenWindow(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds this rank's cells to the picture, wherever its parts lie. The fields of several species lie one behind the other. */
static PetscErrorCode FillPicture(Run run)
{
  DM                 dm;
  AO                 order;
  PetscInt           n[3], start[3], width[3], dim, local, *place;
  PetscReal          h[3];
  const PetscScalar *rho;
  PetscScalar       *sum;

  PetscFunctionBegin;
  PetscCall(GridGetDimension(run->grid, &dim));
  PetscCall(GridGetSizes(run->grid, n));
  PetscCall(GridGetSpacing(run->grid, h));
  PetscCall(GridGetCorners(run->grid, start, width));
  PetscCall(PetscCalloc1(width[0] * width[1], &sum));
  PetscCall(PetscMalloc1(width[0] * width[1], &place));
  PetscCall(VecGetLocalSize(run->rho, &local));
  PetscCall(VecGetArrayRead(run->rho, &rho));
  for (PetscInt i = 0; i < local; i++) sum[i % (width[0] * width[1])] += dim > 2 ? rho[i] * h[2] : rho[i];
  PetscCall(VecRestoreArrayRead(run->rho, &rho));
  for (PetscInt i = 0; i < width[0] * width[1]; i++) place[i] = (start[1] + i / width[0]) * n[0] + start[0] + i % width[0];
  PetscCall(VecGetDM(run->picture, &dm));
  PetscCall(DMDAGetAO(dm, &order));
  PetscCall(AOApplicationToPetsc(order, width[0] * width[1], place));
  PetscCall(VecSet(run->picture, 0));
  PetscCall(VecSetValues(run->picture, width[0] * width[1], place, sum, ADD_VALUES));
  PetscCall(VecAssemblyBegin(run->picture));
  PetscCall(VecAssemblyEnd(run->picture));
  PetscCall(PetscFree(sum));
  PetscCall(PetscFree(place));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunDraw - the state at hand in the window. Collective. */
PetscErrorCode RunDraw(Run run, const JKOStepInfo *info)
{
  char title[96];
  DM   dm;

  PetscFunctionBegin;
  if (!run->draws) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOGetDensity(run->jko, run->rho));
  PetscCall(FillPicture(run));
  PetscCall(PetscSNPrintf(title, sizeof title, "density, step %" PetscInt_FMT ", t = %.5g", info->step, (double)info->time));
  PetscCall(VecGetDM(run->picture, &dm));
  PetscCall(DMDASetFieldName(dm, 0, title));
  PetscCall(VecView(run->picture, run->window));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunDrawClose - frees the window. Collective. */
PetscErrorCode RunDrawClose(Run run)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy(&run->picture));
  PetscCall(PetscViewerDestroy(&run->window));
  PetscFunctionReturn(PETSC_SUCCESS);
}
