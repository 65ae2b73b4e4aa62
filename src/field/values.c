/* The values of a dataset on this rank: unpacked, turned round where an axis runs down, NaN in the cells that have none. */
#include <math.h>
#include "source.h"

/* Where a block lies in the dataset: the record, and the axes as they are in the file. */
static void Locate(const FieldSource *s, const hsize_t start[], const hsize_t width[], hsize_t place[], hsize_t extent[])
{
  for (int d = 0; d < s->lead; d++) {
    place[d]  = s->record[d];
    extent[d] = 1;
  }
  for (int i = 0; i < s->layout.rank; i++) {
    place[s->lead + i]  = s->down[i] ? s->dim[i].n - start[i] - width[i] : start[i];
    extent[s->lead + i] = width[i];
  }
}

/* NaN in the cells of a block that lie in one chunk. */
static void Blank(const FieldSource *s, const hsize_t chunk[], const hsize_t corner[], const hsize_t place[], const hsize_t extent[],
                  PetscScalar a[], FieldGaps *gaps)
{
  hsize_t first[H5S_MAX_RANK] = {0}, end[H5S_MAX_RANK] = {0}, at[H5S_MAX_RANK] = {0};
  int     d;

  for (d = 0; d < s->rank; d++) {
    at[d] = first[d] = PetscMax(corner[d], place[d]) - place[d];
    end[d]           = PetscMin(corner[d] + chunk[d], place[d] + extent[d]) - place[d];
  }
  do {
    hsize_t cell = 0;

    for (d = 0; d < s->rank; d++) cell = cell * extent[d] + at[d];
    a[cell] = NAN;
    gaps->unwritten++;
    for (d = s->rank - 1; d >= 0 && ++at[d] == end[d]; d--) at[d] = first[d];
  } while (d >= 0);
}

/* Goes through the chunks that a block meets, where not all chunks of the dataset were written. */
static void BlankUnwritten(const FieldSource *s, const hsize_t place[], const hsize_t extent[], PetscScalar a[], FieldGaps *gaps)
{
  const hid_t        plan = H5Dget_create_plist(s->dataset);
  H5D_space_status_t written;
  hsize_t            chunk[H5S_MAX_RANK], corner[H5S_MAX_RANK] = {0};
  PetscBool          more = PETSC_TRUE;

  if (H5Dget_space_status(s->dataset, &written) >= 0 && written == H5D_SPACE_STATUS_PART_ALLOCATED &&
      H5Pget_chunk(plan, H5S_MAX_RANK, chunk) == s->rank) {
    for (int d = 0; d < s->rank; d++) corner[d] = place[d] / chunk[d] * chunk[d];
    while (more) {
      unsigned mask;
      haddr_t  address = HADDR_UNDEF;
      hsize_t  bytes   = 0;
      int      d       = s->rank - 1;

      if (H5Dget_chunk_info_by_coord(s->dataset, corner, &mask, &address, &bytes) >= 0 && address == HADDR_UNDEF)
        Blank(s, chunk, corner, place, extent, a, gaps);
      for (; d >= 0 && (corner[d] += chunk[d]) >= place[d] + extent[d]; d--) corner[d] = place[d] / chunk[d] * chunk[d];
      more = (PetscBool)(d >= 0);
    }
  }
  (void)H5Pclose(plan);
}

/* Reverses a block of n0 x n1 x n2 along its middle axis. */
static void Turn(hsize_t n0, hsize_t n1, hsize_t n2, PetscScalar a[])
{
  for (hsize_t i = 0; i < n0; i++)
    for (hsize_t j = 0; j < n1 / 2; j++)
      for (hsize_t k = 0; k < n2; k++) {
        PetscScalar *one = &a[(i * n1 + j) * n2 + k], *other = &a[(i * n1 + n1 - 1 - j) * n2 + k], keep = *one;

        *one   = *other;
        *other = keep;
      }
}

/* Whether all ranks can read at once: a chunk that fails in a filter would do so on one rank only, and HDF5 does not read one that is not
   there. */
static PetscBool MayReadTogether(hid_t dataset)
{
  const hid_t        plan    = H5Dget_create_plist(dataset);
  const int          filters = H5Pget_nfilters(plan);
  H5D_space_status_t written = H5D_SPACE_STATUS_NOT_ALLOCATED;

  (void)H5Pclose(plan);
  return (PetscBool)(filters == 0 && H5Dget_space_status(dataset, &written) >= 0 && written == H5D_SPACE_STATUS_ALLOCATED);
}

/* FieldSourceReadBlock - cells of the record in the directions of the grid; `together`: every rank reads at once. The status of HDF5. */
herr_t FieldSourceReadBlock(FieldSource *s, const hsize_t start[], const hsize_t width[], PetscBool together, PetscScalar *a,
                            FieldGaps *gaps)
{
  const hid_t transfer = H5Pcreate(H5P_DATASET_XFER), space = H5Dget_space(s->dataset);
  hsize_t     place[H5S_MAX_RANK] = {0}, extent[H5S_MAX_RANK] = {0}, cells = 1, before = 1;
  hid_t       block;
  herr_t      status;

  Locate(s, start, width, place, extent);
  block = H5Screate_simple(s->rank, extent, NULL);
  for (int i = 0; i < s->layout.rank; i++) cells *= width[i];
  if (together && MayReadTogether(s->dataset)) (void)H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE);
  (void)H5Sselect_hyperslab(space, H5S_SELECT_SET, place, NULL, extent, NULL);
  status = H5Dread(s->dataset, FIELD_MEMORY_TYPE, block, space, transfer, a);
  (void)H5Sclose(block);
  (void)H5Sclose(space);
  (void)H5Pclose(transfer);
  if (status < 0) return status;
  for (hsize_t c = 0; c < cells; c++) {
    const double number = (double)PetscRealPart(a[c]);

    if (FieldMeaningIsNone(&s->meaning, number)) {
      gaps->fill = number;
      gaps->fills++;
      a[c] = NAN;
    } else if (s->meaning.packed)
      a[c] = FieldMeaningValue(&s->meaning, number);
  }
  BlankUnwritten(s, place, extent, a, gaps);
  for (int i = 0; i < s->layout.rank; before *= width[i++])
    if (s->down[i] && cells) Turn(before, width[i], cells / (before * width[i]), a);
  return status;
}

/* FieldSourceRead - the cells of this rank; sizes and places are those of the grid. Collective. */
PetscErrorCode FieldSourceRead(FieldSource *s, Vec v, FieldGaps *gaps)
{
  PetscScalar *a;
  herr_t       status;

  PetscFunctionBegin;
  if (s->file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetArrayWrite(v, &a));
  status = FieldSourceReadBlock(s, s->layout.start, s->layout.width, PETSC_TRUE, a, gaps);
  PetscCall(VecRestoreArrayWrite(v, &a));
  PetscCall(FieldFileFail(s->file, (PetscBool)(status < 0), "is damaged: dataset '%s' cannot be read", s->name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Counts the cells of this rank without a value; in walls none is needed, and 0 is put there. */
static PetscErrorCode CountEmpty(Grid grid, Vec v, PetscInt *empty)
{
  const char  *wall;
  PetscScalar *a;
  PetscInt     n;

  PetscFunctionBegin;
  *empty = 0;
  PetscCall(GridGetWalls(grid, &wall));
  PetscCall(VecGetLocalSize(v, &n));
  PetscCall(VecGetArray(v, &a));
  for (PetscInt c = 0; c < n; c++) {
    if (!PetscIsNanScalar(a[c])) continue;
    if (wall && wall[c])
      a[c] = 0;
    else
      ++*empty;
  }
  PetscCall(VecRestoreArray(v, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What stands for no value, on all ranks: "never written" or "its fill value -999". */
static PetscErrorCode NameGaps(MPI_Comm comm, const FieldGaps *gaps, PetscBool *any, char name[], size_t length)
{
  long long mine[2] = {gaps->fills, gaps->unwritten}, all[2];
  double    fill    = gaps->fills && !isnan(gaps->fill) ? gaps->fill : -INFINITY, most;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(mine, all, 2, MPI_LONG_LONG, MPI_SUM, comm));
  PetscCallMPI(MPI_Allreduce(&fill, &most, 1, MPI_DOUBLE, MPI_MAX, comm));
  *any = (PetscBool)(all[0] || all[1]);
  if (all[1])
    PetscCall(PetscStrncpy(name, "they were never written", length));
  else if (isinf(most))
    PetscCall(PetscStrncpy(name, "it says nan for none", length));
  else
    PetscCall(PetscSNPrintf(name, length, "it says %.7g for none", most));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldSourceRefuseGaps - fails the file where open cells of the grid have no value. Collective. */
PetscErrorCode FieldSourceRefuseGaps(FieldSource *s, const FieldGaps *gaps, Vec v)
{
  const Grid grid = s->file->grid;
  PetscInt   mine, empty, cells, cell;
  PetscReal  value;
  PetscBool  any = PETSC_FALSE;
  char       name[64], place[128];

  PetscFunctionBegin;
  if (s->file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(NameGaps(s->file->comm, gaps, &any, name, sizeof name));
  if (!any) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(CountEmpty(grid, v, &mine));
  PetscCallMPI(MPI_Allreduce(&mine, &empty, 1, MPIU_INT, MPI_SUM, s->file->comm));
  if (!empty) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetSize(v, &cells));
  PetscCall(FieldFindBad(grid, -PETSC_MAX_REAL, v, &cell, &value));
  PetscCall(FieldDescribePlace(grid, cell, place, sizeof place));
  PetscCall(FieldFileFail(s->file, PETSC_TRUE,
                          "has no value in %" PetscInt_FMT " of %" PetscInt_FMT
                          " cells of dataset '%s' (%s), the first at%s; fill them first",
                          empty, cells, s->name, name, place));
  PetscFunctionReturn(PETSC_SUCCESS);
}
