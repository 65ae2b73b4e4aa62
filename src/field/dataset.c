/* The datasets of a file: finding the one that is meant, reading and writing its part on this rank, axis order z,y,x. */
#include <hdf5_hl.h>
#include <jko/private/fieldimpl.h>

#if defined(PETSC_USE_REAL_SINGLE)
  #define FIELD_MEMORY_TYPE H5T_NATIVE_FLOAT
#else
  #define FIELD_MEMORY_TYPE H5T_NATIVE_DOUBLE
#endif

static PetscErrorCode DescribeSizes(int rank, const hsize_t size[], const char axis[], char text[], size_t length)
{
  PetscFunctionBegin;
  text[0] = 0;
  for (int i = 0; i < rank; i++) {
    const size_t used = strlen(text);

    if (axis)
      PetscCall(PetscSNPrintf(text + used, length - used, "%s%c=%lld", i ? " " : "", axis[i], (long long)size[i]));
    else
      PetscCall(PetscSNPrintf(text + used, length - used, "%s%lld", i ? " x " : "", (long long)size[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

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

static herr_t TakeScaleName(hid_t dataset, unsigned axis, hid_t scale, void *label)
{
  char        path[256] = "";
  const char *last;

  (void)dataset, (void)axis;
  if (H5Iget_name(scale, path, sizeof path) <= 0) return 0;
  last = strrchr(path, '/');
  (void)snprintf(label, 8, "%.7s", last ? last + 1 : path);
  return 1;
}

/* An axis that carries a name from x, y, z must carry that of the grid's axis there: a transposed square would pass unseen. */
static PetscErrorCode CheckAxisNames(FieldFile file, hid_t dataset, const char name[], const FieldLayout *layout)
{
  PetscFunctionBegin;
  for (int i = 0; i < layout->rank; i++) {
    char label[8] = "";

    (void)H5DSiterate_scales(dataset, (unsigned)i, NULL, TakeScaleName, label);
    PetscCall(FieldFileFail(file, (PetscBool)(strlen(label) == 1 && strchr("xyz", label[0]) && label[0] != layout->axis[i]),
                            "has axis %s of dataset '%s' where %c belongs; the order is z, y, x", label, name, layout->axis[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckSizes(FieldFile file, hid_t dataset, const char name[], const FieldLayout *layout)
{
  const hid_t space              = H5Dget_space(dataset);
  const int   rank               = H5Sget_simple_extent_ndims(space);
  hsize_t     size[H5S_MAX_RANK] = {0};
  char        has[256], wants[64];
  PetscBool   same = (PetscBool)(rank == layout->rank);

  PetscFunctionBegin;
  (void)H5Sget_simple_extent_dims(space, size, NULL);
  (void)H5Sclose(space);
  PetscCall(DescribeSizes(rank, size, NULL, has, sizeof has));
  PetscCall(DescribeSizes(layout->rank, layout->size, layout->axis, wants, sizeof wants));
  for (int i = 0; i < layout->rank && same; i++) same = (PetscBool)(size[i] == layout->size[i]);
  PetscCall(FieldFileFail(file, (PetscBool)!same, "has %s values in dataset '%s', the grid has %s", rank ? has : "1", name, wants));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the dataset holds plain numbers for every cell of the grid, in its order. */
static PetscErrorCode CheckDataset(FieldFile file, hid_t dataset, const char name[], const FieldLayout *layout)
{
  const hid_t type        = H5Dget_type(dataset);
  const H5T_class_t class = H5Tget_class(type);

  PetscFunctionBegin;
  (void)H5Tclose(type);
  PetscCall(FieldFileFail(file, (PetscBool)(class != H5T_FLOAT && class != H5T_INTEGER), "holds no numbers in dataset '%s'", name));
  PetscCall(FieldFileFail(file, (PetscBool)(H5Aexists(dataset, "scale_factor") > 0 || H5Aexists(dataset, "add_offset") > 0),
                          "holds packed numbers in dataset '%s' (scale_factor, add_offset); unpack them first", name));
  PetscCall(CheckSizes(file, dataset, name, layout));
  PetscCall(CheckAxisNames(file, dataset, name, layout));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Moves this rank's block between a dataset and a vector. All ranks at once, except for reading through filters: there a chunk that
   fails on one rank would leave the others waiting. */
static PetscErrorCode MoveBlock(FieldFile file, hid_t dataset, const FieldLayout *layout, Vec v, herr_t *status)
{
  const hid_t  create = H5Dget_create_plist(dataset), transfer = H5Pcreate(H5P_DATASET_XFER);
  const hid_t  space = H5Dget_space(dataset), block = H5Screate_simple(layout->rank, layout->width, NULL);
  PetscScalar *a;

  PetscFunctionBegin;
  if (file->writing || H5Pget_nfilters(create) == 0) (void)H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE);
  (void)H5Sselect_hyperslab(space, H5S_SELECT_SET, layout->start, NULL, layout->width, NULL);
  if (file->writing) {
    PetscCall(VecGetArrayRead(v, (const PetscScalar **)&a));
    *status = H5Dwrite(dataset, FIELD_MEMORY_TYPE, block, space, transfer, a);
    PetscCall(VecRestoreArrayRead(v, (const PetscScalar **)&a));
  } else {
    PetscCall(VecGetArrayWrite(v, &a));
    *status = H5Dread(dataset, FIELD_MEMORY_TYPE, block, space, transfer, a);
    PetscCall(VecRestoreArrayWrite(v, &a));
  }
  (void)H5Sclose(block);
  (void)H5Sclose(space);
  (void)H5Pclose(transfer);
  (void)H5Pclose(create);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileReadField - a dataset of any type of number into a vector of the grid. Collective. */
PetscErrorCode FieldFileReadField(FieldFile file, const char name[], Vec v)
{
  FieldLayout layout;
  hid_t       dataset;
  herr_t      status = 0;

  PetscFunctionBegin;
  if (file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FieldGetLayout(file->grid, &layout));
  dataset = H5Dopen2(file->id, name, H5P_DEFAULT);
  PetscCall(FieldFileFail(file, (PetscBool)(dataset < 0), "holds no readable dataset '%s'", name));
  if (!file->failure[0]) PetscCall(CheckDataset(file, dataset, name, &layout));
  if (!file->failure[0]) PetscCall(MoveBlock(file, dataset, &layout, v, &status));
  if (dataset >= 0) (void)H5Dclose(dataset);
  PetscCall(FieldFileFail(file, (PetscBool)(status < 0), "is damaged: dataset '%s' cannot be read", name));
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
  if (!file->failure[0]) PetscCall(MoveBlock(file, dataset, &layout, v, &status));
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
