/* The datasets of a file: finding the one that is meant, writing those of ours, axis order z,y,x. */
#include <hdf5_hl.h>
#include "source.h"

/* The datasets of a file that are no dimension scales: their names in a line, and how many have the rank of the grid. */
typedef struct {
  int  rank, suitable;
  char names[512], last[256];
} Listing;

static herr_t ListDataset(hid_t group, const char name[], const H5L_info_t *info, void *context)
{
  Listing     *list   = context;
  const hid_t  object = H5Oopen(group, name, H5P_DEFAULT);
  const size_t used   = strlen(list->names);

  (void)info;
  if (object < 0) return 0;
  if (H5Iget_type(object) == H5I_DATASET && H5DSis_scale(object) <= 0) {
    const hid_t space = H5Dget_space(object);

    if (H5Sget_simple_extent_ndims(space) == list->rank) {
      list->suitable++;
      (void)snprintf(list->last, sizeof list->last, "%s", name);
    }
    (void)H5Sclose(space);
    (void)snprintf(list->names + used, sizeof list->names - used, "%s%s", used ? ", " : "", name);
  }
  (void)H5Oclose(object);
  return 0;
}

/* FieldFileFind - the full name (256 characters) of the dataset that is meant: `asked`, or without it `usual`, or the only one that has the
   rank of the grid. Collective. */
PetscErrorCode FieldFileFind(FieldFile file, const char asked[], const char usual[], char name[])
{
  FieldLayout layout;
  Listing     list = {0};

  PetscFunctionBegin;
  name[0] = 0;
  if (file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FieldGetLayout(file->grid, &layout));
  PetscCall(PetscStrncpy(name, asked ? asked : usual, 256));
  if (H5LTpath_valid(file->id, name, PETSC_TRUE) > 0) PetscFunctionReturn(PETSC_SUCCESS);
  list.rank = layout.rank;
  (void)H5Lvisit(file->id, H5_INDEX_NAME, H5_ITER_INC, ListDataset, &list);
  if (!asked && list.suitable == 1)
    PetscCall(PetscStrncpy(name, list.last, 256));
  else if (list.names[0])
    PetscCall(FieldFileFail(file, PETSC_TRUE, "holds no dataset '%s'; it holds %s", name, list.names));
  else
    PetscCall(FieldFileFail(file, PETSC_TRUE, "holds no dataset '%s', nor any other", name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Writes this rank's block of a vector; all ranks at once. */
static PetscErrorCode WriteBlock(hid_t dataset, const FieldLayout *layout, Vec v, herr_t *status)
{
  const hid_t        transfer = H5Pcreate(H5P_DATASET_XFER), space = H5Dget_space(dataset);
  const hid_t        block = H5Screate_simple(layout->rank, layout->width, NULL);
  const PetscScalar *a;

  PetscFunctionBegin;
  (void)H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE);
  (void)H5Sselect_hyperslab(space, H5S_SELECT_SET, layout->start, NULL, layout->width, NULL);
  PetscCall(VecGetArrayRead(v, &a));
  *status = H5Dwrite(dataset, FIELD_MEMORY_TYPE, block, space, transfer, a);
  PetscCall(VecRestoreArrayRead(v, &a));
  (void)H5Sclose(block);
  (void)H5Sclose(space);
  (void)H5Pclose(transfer);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileReadField - a dataset that jko wrote itself, on the same grid, into a vector. Collective. */
PetscErrorCode FieldFileReadField(FieldFile file, const char name[], Vec v)
{
  FieldSource source;
  FieldGaps   gaps = {0};

  PetscFunctionBegin;
  PetscCall(FieldSourceOpen(file, name, "", PETSC_FALSE, &source));
  PetscCall(FieldSourceRead(&source, v, &gaps));
  PetscCall(FieldSourceClose(&source));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How a dataset is stored: reproducible bytes; with checksums in chunks of at most 64 cells per axis, else in one piece. */
static hid_t StoragePlan(FieldFile file, const FieldLayout *layout)
{
  const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
  hsize_t     chunk[3];

  (void)H5Pset_obj_track_times(plan, 0);
  (void)H5Pset_fill_time(plan, H5D_FILL_TIME_NEVER);
  if (!file->durable) return plan;
  for (int i = 0; i < layout->rank; i++) chunk[i] = FieldChunk(layout, i);
  (void)H5Pset_chunk(plan, layout->rank, chunk);
  (void)H5Pset_fletcher32(plan);
  return plan;
}

static PetscErrorCode AttachAxes(FieldFile file, hid_t dataset, const FieldLayout *layout)
{
  herr_t status = 0;

  PetscFunctionBegin;
  for (int i = 0; i < layout->rank && status >= 0; i++) {
    const char  name[2] = {layout->axis[i], 0};
    const hid_t scale   = H5Dopen2(file->id, name, H5P_DEFAULT);

    status = scale < 0 ? -1 : H5DSattach_scale(dataset, scale, (unsigned)i);
    if (scale >= 0) (void)H5Dclose(scale);
  }
  PetscCall(FieldFileFail(file, (PetscBool)(status < 0), "cannot be written (axes)"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A vector of the grid as a dataset of the type on the axes of the file. */
static PetscErrorCode WriteField(FieldFile file, const char name[], hid_t type, Vec v)
{
  FieldLayout layout;
  hid_t       dataset, space, plan;
  herr_t      status = 0;

  PetscFunctionBegin;
  if (file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FieldGetLayout(file->grid, &layout));
  plan    = StoragePlan(file, &layout);
  space   = H5Screate_simple(layout.rank, layout.size, NULL);
  dataset = H5Dcreate2(file->id, name, type, space, H5P_DEFAULT, plan, H5P_DEFAULT);
  (void)H5Sclose(space);
  (void)H5Pclose(plan);
  PetscCall(FieldFileFail(file, (PetscBool)(dataset < 0), "cannot be written (dataset '%s')", name));
  if (!file->failure[0]) PetscCall(WriteBlock(dataset, &layout, v, &status));
  PetscCall(FieldFileFail(file, (PetscBool)(status < 0), "cannot be written (dataset '%s')", name));
  if (!file->failure[0]) PetscCall(AttachAxes(file, dataset, &layout));
  if (dataset >= 0) (void)H5Dclose(dataset);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileWriteField - a vector of the grid as a float64 dataset. Collective, as is the next; after FieldFileWriteAxes(). */
PetscErrorCode FieldFileWriteField(FieldFile file, const char name[], Vec v)
{
  PetscFunctionBegin;
  PetscCall(WriteField(file, name, H5T_IEEE_F64LE, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileWriteWalls - where the grid has walls, the int8 dataset `wall`: 1 in walls, 0 elsewhere. */
PetscErrorCode FieldFileWriteWalls(FieldFile file)
{
  const signed char values[2] = {0, 1};
  const char       *wall;
  Vec               mark;

  PetscFunctionBegin;
  PetscCall(GridGetWalls(file->grid, &wall));
  if (!wall) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(GridCreateVector(file->grid, &mark));
  PetscCall(GridFillWalls(file->grid, mark, 1));
  PetscCall(WriteField(file, "wall", H5T_STD_I8LE, mark));
  PetscCall(VecDestroy(&mark));
  PetscCall(FieldFileSetText(file, "wall", "long_name", "wall"));
  PetscCall(FieldFileSetBytes(file, "wall", "flag_values", 2, values));
  PetscCall(FieldFileSetText(file, "wall", "flag_meanings", "open wall"));
  PetscFunctionReturn(PETSC_SUCCESS);
}
