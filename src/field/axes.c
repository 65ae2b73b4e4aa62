/* The axes of a file as netCDF-4 and CF want them: one dimension scale per axis, its values the cell centres; and the time as a scalar
   coordinate, along which readers string a series of files together.

   Source: HDF5 Dimension Scale Specification; CF conventions 1.8, sections 4 and 5.7. */
#include <hdf5_hl.h>
#include <jko/private/fieldimpl.h>

/* The centres along an axis; every rank calls, the first one writes. */
static PetscErrorCode WriteCentres(FieldFile file, hid_t dataset, PetscInt axis, PetscInt n, herr_t *status)
{
  const hid_t transfer = H5Pcreate(H5P_DATASET_XFER), space = H5Dget_space(dataset);
  PetscMPIInt rank;
  PetscReal   x;
  double     *centre;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  PetscCall(PetscMalloc1(n, &centre));
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(GridGetCentre(file->grid, axis, i, &x));
    centre[i] = (double)x;
  }
  if (rank) (void)H5Sselect_none(space);
  (void)H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE);
  *status = H5Dwrite(dataset, H5T_NATIVE_DOUBLE, space, space, transfer, centre);
  PetscCall(PetscFree(centre));
  (void)H5Sclose(space);
  (void)H5Pclose(transfer);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode WriteAxis(FieldFile file, PetscInt axis, hsize_t n)
{
  const char  name[2] = {"xyz"[axis], 0}, label[2] = {"XYZ"[axis], 0};
  const hid_t plan = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &n, NULL);
  hid_t       dataset;
  herr_t      status = -1;

  PetscFunctionBegin;
  (void)H5Pset_obj_track_times(plan, 0);
  (void)H5Pset_fill_time(plan, H5D_FILL_TIME_NEVER);
  dataset = H5Dcreate2(file->id, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, plan, H5P_DEFAULT);
  if (dataset >= 0) {
    PetscCall(WriteCentres(file, dataset, axis, (PetscInt)n, &status));
    if (status >= 0) status = H5DSset_scale(dataset, name);
    (void)H5Dclose(dataset);
  }
  (void)H5Sclose(space);
  (void)H5Pclose(plan);
  PetscCall(FieldFileFail(file, (PetscBool)(status < 0), "cannot be written (axis %s)", name));
  PetscCall(FieldFileSetText(file, name, "long_name", "cell centre"));
  PetscCall(FieldFileSetText(file, name, "units", "1"));
  PetscCall(FieldFileSetText(file, name, "axis", label));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileWriteAxes - the dimension scales z, y, x, as present; once, before the fields. Collective. */
PetscErrorCode FieldFileWriteAxes(FieldFile file)
{
  FieldLayout layout;

  PetscFunctionBegin;
  if (file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FieldGetLayout(file->grid, &layout));
  PetscCall(FieldFileSetText(file, "/", "Conventions", "CF-1.8"));
  for (int i = 0; i < layout.rank; i++) PetscCall(WriteAxis(file, layout.rank - 1 - i, layout.size[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileWriteTime - the scalar coordinate `time`, which a field names in its attribute `coordinates`; the first rank writes. Collective.
 */
PetscErrorCode FieldFileWriteTime(FieldFile file, PetscReal time)
{
  const hid_t  plan = H5Pcreate(H5P_DATASET_CREATE), transfer = H5Pcreate(H5P_DATASET_XFER), space = H5Screate(H5S_SCALAR);
  const double value   = (double)time;
  hid_t        dataset = H5I_INVALID_HID;
  herr_t       status  = -1;
  PetscMPIInt  rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  (void)H5Pset_obj_track_times(plan, 0);
  (void)H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE);
  if (!file->failure[0]) dataset = H5Dcreate2(file->id, "time", H5T_IEEE_F64LE, space, H5P_DEFAULT, plan, H5P_DEFAULT);
  if (dataset >= 0) {
    if (rank) (void)H5Sselect_none(space);
    status = H5Dwrite(dataset, H5T_NATIVE_DOUBLE, space, space, transfer, &value);
    (void)H5Dclose(dataset);
  }
  (void)H5Sclose(space);
  (void)H5Pclose(transfer);
  (void)H5Pclose(plan);
  PetscCall(FieldFileFail(file, (PetscBool)(status < 0), "cannot be written (time)"));
  PetscCall(FieldFileSetText(file, "time", "long_name", "time"));
  PetscCall(FieldFileSetText(file, "time", "units", "1"));
  PetscCall(FieldFileSetText(file, "time", "axis", "T"));
  PetscFunctionReturn(PETSC_SUCCESS);
}
