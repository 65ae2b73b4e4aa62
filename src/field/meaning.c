/* How the numbers of a dataset are meant: packed, unsigned, or standing for no value.

   Source: NetCDF User's Guide, appendix A (attribute conventions); CF conventions 1.8, sections 2.5 and 8.1. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "source.h"

#define NETCDF_FILL 9.969209968386869e36 /* of cells that were never written, of both lengths: 15 * 2^119 */

/* FieldTextRead - an attribute that is one text, of fixed or variable length; false and "" where there is none. Not collective, as are all
   below. */
PetscBool FieldTextRead(hid_t object, const char name[], char text[], size_t length)
{
  const hid_t attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID;
  hid_t       type, space;
  char       *value = NULL;

  text[0] = 0;
  if (attribute < 0) return PETSC_FALSE;
  type  = H5Aget_type(attribute);
  space = H5Aget_space(attribute);
  if (H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1) {
    const size_t    size     = H5Tget_size(type);
    const PetscBool variable = (PetscBool)(H5Tis_variable_str(type) > 0);

    if (!variable) value = calloc(size + 1, 1);
    if (H5Aread(attribute, type, variable ? (void *)&value : (void *)value) >= 0 && value) (void)snprintf(text, length, "%s", value);
    if (variable)
      (void)H5free_memory(value);
    else
      free(value);
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  return (PetscBool)(text[0] != 0);
}

/* FieldNumbersRead - an attribute of at most so many numbers; how many it has, 0 for none and -1 for what is no such attribute. */
int FieldNumbersRead(hid_t object, const char name[], int most, double number[])
{
  const hid_t attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID;
  hid_t       type, space;
  int         n = -1;

  if (attribute < 0) return 0;
  type  = H5Aget_type(attribute);
  space = H5Aget_space(attribute);
  if ((H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER) && H5Sget_simple_extent_npoints(space) >= 1 &&
      H5Sget_simple_extent_npoints(space) <= most && H5Aread(attribute, H5T_NATIVE_DOUBLE, number) >= 0)
    n = (int)H5Sget_simple_extent_npoints(space);
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  return n;
}

/* As a number of the dataset's precision reads. */
static double Rounded(hid_t type, double number)
{
  double buffer[8] = {number};

  if (H5Tget_class(type) != H5T_FLOAT || H5Tget_size(type) > sizeof buffer) return number;
  (void)H5Tconvert(H5T_NATIVE_DOUBLE, type, 1, buffer, NULL, H5P_DEFAULT);
  (void)H5Tconvert(type, H5T_NATIVE_DOUBLE, 1, buffer, NULL, H5P_DEFAULT);
  return buffer[0];
}

/* An unsigned number that was written as a signed one. */
static double Whole(const FieldMeaning *m, double number)
{
  return number < 0 ? number + m->wrap : number;
}

static void AddFill(FieldMeaning *m, double number)
{
  if (m->fills < FIELD_FILLS) m->fill[m->fills++] = number;
}

/* What cells hold that were never written, where it tells them from written ones: of single bytes every number is in use. */
static void ReadDefaultFill(hid_t dataset, hid_t type, FieldMeaning *m)
{
  const hid_t      plan = H5Dget_create_plist(dataset);
  H5D_fill_value_t defined;
  double           fill = 0;

  if (H5Tget_class(type) == H5T_FLOAT) AddFill(m, NETCDF_FILL);
  if (H5Tget_class(type) != H5T_ENUM && H5Tget_size(type) > 1 && H5Pfill_value_defined(plan, &defined) >= 0 &&
      defined == H5D_FILL_VALUE_USER_DEFINED && H5Pget_fill_value(plan, H5T_NATIVE_DOUBLE, &fill) >= 0 && fill != 0)
    AddFill(m, fill);
  (void)H5Pclose(plan);
}

static const char *ReadMissing(hid_t dataset, hid_t type, FieldMeaning *m)
{
  double number[FIELD_FILLS / 2];
  int    n;

  ReadDefaultFill(dataset, type, m);
  for (const char *const *name = (const char *const[]){"_FillValue", "missing_value", NULL}; *name; name++) {
    if ((n = FieldNumbersRead(dataset, *name, FIELD_FILLS / 2 - 1, number)) < 0)
      return "has an attribute _FillValue or missing_value that is no number";
    for (int i = 0; i < n; i++) AddFill(m, Rounded(type, number[i]));
  }
  if (FieldNumbersRead(dataset, "valid_min", 1, number) > 0) m->least = Whole(m, Rounded(type, number[0]));
  if (FieldNumbersRead(dataset, "valid_max", 1, number) > 0) m->greatest = Whole(m, Rounded(type, number[0]));
  if (FieldNumbersRead(dataset, "valid_range", 2, number) == 2) {
    m->least    = Whole(m, Rounded(type, number[0]));
    m->greatest = Whole(m, Rounded(type, number[1]));
  }
  return "";
}

static const char *ReadPacking(hid_t dataset, hid_t type, FieldMeaning *m)
{
  const int scales  = FieldNumbersRead(dataset, "scale_factor", 1, &m->scale),
            offsets = FieldNumbersRead(dataset, "add_offset", 1, &m->offset);
  char word[FIELD_NAME];

  if (scales < 0 || offsets < 0 || !isfinite(m->scale) || !isfinite(m->offset) || m->scale == 0)
    return "has a scale_factor or add_offset that is no number to unpack with";
  if (FieldTextRead(dataset, "_Unsigned", word, sizeof word) && !strcasecmp(word, "true") && H5Tget_class(type) == H5T_INTEGER)
    m->wrap = ldexp(1, (int)(8 * H5Tget_size(type)));
  m->packed = (PetscBool)(scales || offsets || m->wrap > 0);
  return "";
}

/* Whether an enumeration is one of truth values, as h5py writes those of NumPy. */
static PetscBool IsTruth(hid_t type)
{
  PetscBool is = (PetscBool)(H5Tget_nmembers(type) == 2);

  for (unsigned i = 0; i < 2 && is; i++) {
    double value[8] = {0};
    hid_t  base     = H5Tget_super(type);

    (void)H5Tget_member_value(type, i, value);
    (void)H5Tconvert(base, H5T_NATIVE_DOUBLE, 1, value, NULL, H5P_DEFAULT);
    is = (PetscBool)(value[0] == 0 || value[0] == 1);
    (void)H5Tclose(base);
  }
  return is;
}

/* Why values of a type are no numbers, or "". */
static const char *DescribeType(hid_t type)
{
  const H5T_class_t class = H5Tget_class(type);

  if (class == H5T_FLOAT || class == H5T_INTEGER || (class == H5T_ENUM && IsTruth(type))) return "";
  if (class == H5T_STRING) return "holds no numbers but texts";
  if (class == H5T_ENUM) return "holds no numbers but words of an enumeration";
  if (class == H5T_COMPOUND && H5Tget_nmembers(type) == 2 && H5Tget_member_class(type, 0) == H5T_FLOAT &&
      H5Tget_member_class(type, 1) == H5T_FLOAT)
    return "holds complex numbers or pairs";
  return class == H5T_COMPOUND ? "holds no numbers but records of several members" : "holds no plain numbers";
}

/* FieldMeaningRead - what the type and the attributes of a dataset say of its numbers; why they cannot be taken, or "". */
const char *FieldMeaningRead(hid_t dataset, FieldMeaning *m)
{
  const hid_t type = H5Dget_type(dataset);
  const char *trouble;

  *m      = (FieldMeaning){.scale = 1, .least = -INFINITY, .greatest = INFINITY};
  trouble = DescribeType(type);
  if (!trouble[0]) trouble = ReadPacking(dataset, type, m);
  if (!trouble[0]) trouble = ReadMissing(dataset, type, m);
  (void)H5Tclose(type);
  return trouble;
}

/* FieldMeaningIsNone - whether a number stands for no value. */
PetscBool FieldMeaningIsNone(const FieldMeaning *m, double number)
{
  for (int i = 0; i < m->fills; i++)
    if (number == m->fill[i] || (isnan(number) && isnan(m->fill[i]))) return PETSC_TRUE;
  return (PetscBool)(Whole(m, number) < m->least || Whole(m, number) > m->greatest);
}

/* FieldMeaningValue - the value of a number. */
double FieldMeaningValue(const FieldMeaning *m, double number)
{
  return m->packed ? m->scale * Whole(m, number) + m->offset : number;
}
