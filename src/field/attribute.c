/* Small values beside the fields of a file: HDF5 attributes of the root or of a dataset, as netCDF-4 writes them. */
#include <jko/private/fieldimpl.h>

static PetscErrorCode SetAttribute(FieldFile file, const char object[], const char name[], hid_t stored, hid_t given, PetscInt n,
                                   const void *value)
{
  const hsize_t length = (hsize_t)n;
  hid_t         space, attribute;
  herr_t        status;

  PetscFunctionBegin;
  if (file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  space     = n == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &length, NULL);
  attribute = H5Acreate_by_name(file->id, object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  status    = attribute < 0 ? -1 : H5Awrite(attribute, given, value);
  if (attribute >= 0) (void)H5Aclose(attribute);
  (void)H5Sclose(space);
  PetscCall(FieldFileFail(file, (PetscBool)(status < 0), "cannot be written (attribute '%s')", name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileSetReals - n numbers as float64; object is "/" or a dataset. Collective, as are all below. */
PetscErrorCode FieldFileSetReals(FieldFile file, const char object[], const char name[], PetscInt n, const PetscReal value[])
{
  double stored[16];

  PetscFunctionBegin;
  PetscCheck(n >= 1 && n <= 16, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "an attribute holds 1 to 16 numbers");
  for (PetscInt i = 0; i < n; i++) stored[i] = (double)value[i];
  PetscCall(SetAttribute(file, object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, n, stored));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileSetInt - one integer as int32. */
PetscErrorCode FieldFileSetInt(FieldFile file, const char object[], const char name[], PetscInt value)
{
  const int stored = (int)value;

  PetscFunctionBegin;
  PetscCall(SetAttribute(file, object, name, H5T_STD_I32LE, H5T_NATIVE_INT, 1, &stored));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileSetBytes - n small integers as int8. */
PetscErrorCode FieldFileSetBytes(FieldFile file, const char object[], const char name[], PetscInt n, const signed char value[])
{
  PetscFunctionBegin;
  PetscCall(SetAttribute(file, object, name, H5T_STD_I8LE, H5T_NATIVE_SCHAR, n, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileSetText - a string of fixed length. */
PetscErrorCode FieldFileSetText(FieldFile file, const char object[], const char name[], const char value[])
{
  hid_t type = H5Tcopy(H5T_C_S1);

  PetscFunctionBegin;
  (void)H5Tset_size(type, PetscMax(strlen(value), 1));
  PetscCall(SetAttribute(file, object, name, type, type, 1, value));
  (void)H5Tclose(type);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Reads an attribute of the root that holds n values of the class; fails the file when there is none such. */
static PetscErrorCode GetAttribute(FieldFile file, const char name[], H5T_class_t class, hid_t wanted, PetscInt n, void *value)
{
  hid_t  attribute, space = H5I_INVALID_HID, type = H5I_INVALID_HID;
  herr_t status = -1;

  PetscFunctionBegin;
  if (file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  attribute = H5Aopen(file->id, name, H5P_DEFAULT);
  if (attribute >= 0) {
    space = H5Aget_space(attribute);
    type  = H5Aget_type(attribute);
    if (H5Tget_class(type) == class && H5Sget_simple_extent_npoints(space) == (hssize_t)n) status = H5Aread(attribute, wanted, value);
    (void)H5Tclose(type);
    (void)H5Sclose(space);
    (void)H5Aclose(attribute);
  }
  PetscCall(FieldFileFail(file, (PetscBool)(status < 0), "does not hold the attribute '%s'", name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileHas - whether the root has an attribute. Not collective. */
PetscBool FieldFileHas(FieldFile file, const char name[])
{
  return (PetscBool)(!file->failure[0] && H5Aexists(file->id, name) > 0);
}

/* FieldFileGetText - a string of the root, of fixed length, "" where there is no such attribute; fails the file when it is anything else,
   as an array of strings. The caller frees it. */
PetscErrorCode FieldFileGetText(FieldFile file, const char name[], char **value)
{
  hid_t  attribute, type, space;
  herr_t status = -1;

  PetscFunctionBegin;
  PetscCall(PetscStrallocpy("", value));
  if (!FieldFileHas(file, name)) PetscFunctionReturn(PETSC_SUCCESS);
  attribute = H5Aopen(file->id, name, H5P_DEFAULT);
  type      = H5Aget_type(attribute);
  space     = H5Aget_space(attribute);
  if (H5Tget_class(type) == H5T_STRING && !H5Tis_variable_str(type) && H5Sget_simple_extent_npoints(space) == 1) {
    PetscCall(PetscFree(*value));
    PetscCall(PetscCalloc1(H5Tget_size(type) + 1, value));
    status = H5Aread(attribute, type, *value);
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  PetscCall(FieldFileFail(file, (PetscBool)(status < 0), "holds no text in the attribute '%s'", name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileGetReals - n numbers of the root. */
PetscErrorCode FieldFileGetReals(FieldFile file, const char name[], PetscInt n, PetscReal value[])
{
  double stored[16] = {0};

  PetscFunctionBegin;
  PetscCheck(n >= 1 && n <= 16, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "an attribute holds 1 to 16 numbers");
  PetscCall(GetAttribute(file, name, H5T_FLOAT, H5T_NATIVE_DOUBLE, n, stored));
  for (PetscInt i = 0; i < n; i++) value[i] = (PetscReal)stored[i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileGetInt - an integer of the root. */
PetscErrorCode FieldFileGetInt(FieldFile file, const char name[], PetscInt *value)
{
  int stored = 0;

  PetscFunctionBegin;
  PetscCall(GetAttribute(file, name, H5T_INTEGER, H5T_NATIVE_INT, 1, &stored));
  *value = stored;
  PetscFunctionReturn(PETSC_SUCCESS);
}
