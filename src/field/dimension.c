/* The dimensions of a dataset: what they are called, which axis they run along, the coordinates of their cells. They are told by dimension
   scales (netCDF-4's, xarray's), by the attribute `coordinates`, or by datasets beside it that are called x, lat, ...; these are lists, or
   arrays as large as the dataset, as numpy.meshgrid() makes them.

   Source: HDF5 Dimension Scale Specification; CF conventions 1.8, sections 4 and 5. */
#include <float.h>
#include <hdf5_hl.h>
#include <math.h>
#include <strings.h>
#include "source.h"

#define NO_VALUES "This is a netCDF dimension but not a netCDF variable" /* begins the NAME of a scale that has none */

static int KindIn(const char word[], const char *const list[][12])
{
  for (int kind = 0; kind <= FIELD_TIME; kind++)
    for (const char *const *known = list[kind]; *known; known++)
      if (!strcasecmp(word, *known)) return kind;
  return -1;
}

/* FieldKindOf - the axis that a coordinate (or H5I_INVALID_HID) of this name runs along. Not collective, as are all below. */
int FieldKindOf(hid_t coordinate, const char name[])
{
  static const char *const        axes[][12]  = {{"X"}, {"Y"}, {"Z"}, {"T"}},
                           *const names[][12] = {
                               {"x", "xc", "lon", "long", "longitude", "easting", "rlon", "nx", "x_centre", "x_center"},
                               {"y", "yc", "lat", "latitude", "northing", "rlat", "ny", "y_centre", "y_center"},
                               {"z", "zc", "depth", "height", "altitude", "level", "lev", "elevation", "nz", "z_centre", "z_center"},
                               {"t", "time"}};
  static const char *const standard[][12] = {{"longitude", "projection_x_coordinate", "grid_longitude"},
                                             {"latitude", "projection_y_coordinate", "grid_latitude"},
                                             {"altitude", "height", "depth", "height_above_reference_ellipsoid"},
                                             {"time"}};
  static const char *const units[][12]    = {{"degrees_east", "degree_east", "degree_E", "degrees_E", "degreeE", "degreesE"},
                                             {"degrees_north", "degree_north", "degree_N", "degrees_N", "degreeN", "degreesN"},
                                             {NULL},
                                             {NULL}};
  char                     word[FIELD_NAME];
  int                      kind = -1;

  if (coordinate >= 0 && FieldTextRead(coordinate, "axis", word, sizeof word)) kind = KindIn(word, axes);
  if (coordinate >= 0 && kind < 0 && FieldTextRead(coordinate, "standard_name", word, sizeof word)) kind = KindIn(word, standard);
  if (coordinate >= 0 && kind < 0 && FieldTextRead(coordinate, "units", word, sizeof word)) kind = KindIn(word, units);
  return kind < 0 ? KindIn(name, names) : kind;
}

static void LastName(hid_t object, char name[])
{
  char        path[256] = "";
  const char *last;

  (void)H5Iget_name(object, path, sizeof path);
  last = strrchr(path, '/');
  (void)snprintf(name, FIELD_NAME, "%s", last ? last + 1 : path);
}

/* The extents of a dataset; its rank. */
static int SizesOf(hid_t dataset, hsize_t size[])
{
  const hid_t space = H5Dget_space(dataset);
  const int   rank  = H5Sget_simple_extent_ndims(space);

  if (rank > 0) (void)H5Sget_simple_extent_dims(space, size, NULL);
  (void)H5Sclose(space);
  return rank;
}

/* Whether a coordinate of n values along a dimension is there at all: what a file only claims to hold is not asked for. */
static PetscBool IsStored(hid_t coordinate, hsize_t n)
{
  return (PetscBool)(n > 0 && H5Dget_storage_size(coordinate) >= (n + FIELD_EXPAND - 1) / FIELD_EXPAND);
}

/* Values of a coordinate along its dimension d, the other indices 0; NULL where they cannot be read. The caller frees them. `step`: what
   their type cannot tell apart. */
static double *ReadLine(hid_t coordinate, int rank, int d, hsize_t n, double *step)
{
  const hid_t  space = H5Dget_space(coordinate), type = H5Dget_type(coordinate), memory = H5Screate_simple(1, &n, NULL);
  hsize_t      start[H5S_MAX_RANK] = {0}, width[H5S_MAX_RANK];
  FieldMeaning m;
  double      *line = IsStored(coordinate, n) ? malloc((size_t)n * sizeof *line) : NULL, most = 0;

  for (int i = 0; i < rank; i++) width[i] = i == d ? n : 1;
  (void)H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, width, NULL);
  if (line && (FieldMeaningRead(coordinate, &m)[0] || H5Dread(coordinate, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, line) < 0)) {
    free(line);
    line = NULL;
  }
  for (hsize_t i = 0; i < n && line; i++) {
    line[i] = FieldMeaningIsNone(&m, line[i]) ? NAN : FieldMeaningValue(&m, line[i]);
    most    = fmax(most, fabs(line[i]));
  }
  *step = H5Tget_class(type) == H5T_FLOAT ? most * (H5Tget_size(type) < 8 ? FLT_EPSILON : DBL_EPSILON) : 0;
  if (line && m.packed) *step += fabs(m.scale);
  (void)H5Sclose(memory);
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  return line;
}

/* Takes the line of n values, or of n + 1 where it is the faces between the cells, as the coordinates of a dimension, unless it has some.
   Frees the line or keeps it. */
static void TakeLine(FieldDimension *dim, hid_t coordinate, const char name[], double *line, hsize_t n, double precision)
{
  if (!line || dim->centre) {
    free(line);
    return;
  }
  dim->centre = line;
  if (n == dim->n + 1) {
    dim->face   = line;
    dim->centre = malloc(n * sizeof *line);
    for (hsize_t i = 0; i < dim->n && dim->centre; i++) dim->centre[i] = 0.5 * (line[i] + line[i + 1]);
  }
  dim->precision = precision;
  dim->kind      = FieldKindOf(coordinate, name);
  if (!dim->name[0]) (void)snprintf(dim->name, sizeof dim->name, "%s", name);
  (void)FieldTextRead(coordinate, "units", dim->units, sizeof dim->units);
}

/* A list of n values, as TakeLine(). */
static void TakeList(FieldDimension *dim, hid_t coordinate, const char name[], hsize_t n)
{
  double  precision = 0;
  double *line      = ReadLine(coordinate, 1, 0, n, &precision);

  TakeLine(dim, coordinate, name, line, n, precision);
}

/* A scale of a dimension: its name, and its values if it has some. */
static herr_t TakeScale(hid_t dataset, unsigned axis, hid_t scale, void *context)
{
  FieldDimension *dim = context;
  char            text[FIELD_NAME];
  hsize_t         n[H5S_MAX_RANK] = {0};

  (void)dataset, (void)axis;
  if (!dim->name[0]) LastName(scale, dim->name);
  if (dim->kind < 0) dim->kind = FieldKindOf(scale, dim->name);
  (void)FieldTextRead(scale, "NAME", text, sizeof text);
  if (strncmp(text, NO_VALUES, strlen(NO_VALUES)) != 0 && SizesOf(scale, n) == 1 && n[0] == dim->n) TakeList(dim, scale, dim->name, n[0]);
  return 0;
}

/* The dimension that a list of n coordinates of a kind belongs to: where its own scale is that of the dataset, else by the order z, y, x,
   else by its length; -1 for none. */
static int DimensionOfList(const FieldSource *s, hid_t coordinate, int kind, hsize_t n)
{
  FieldDimension own   = {.kind = -1};
  int            found = -1;

  if (!H5DSis_scale(coordinate)) (void)H5DSiterate_scales(coordinate, 0, NULL, TakeScale, &own);
  free(own.centre);
  for (int i = 0; i < s->layout.rank && own.name[0]; i++)
    if (!strcmp(own.name, s->dim[i].name)) return i;
  for (int i = 0; i < s->layout.rank; i++)
    if (n == s->dim[i].n || n == s->dim[i].n + 1) {
      if (found < 0) found = i;
      if (s->layout.axis[i] == "xyzt"[kind]) return i;
    }
  return found;
}

static PetscBool Varies(const double line[], hsize_t n)
{
  for (hsize_t i = 1; i < n; i++)
    if (line[i] != line[0]) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Coordinates in an array as large as the dataset: those of the dimension along which they vary. */
static void TakeArray(FieldSource *s, hid_t coordinate, const char name[])
{
  for (int i = 0; i < s->layout.rank; i++) {
    double  precision = 0;
    double *line      = ReadLine(coordinate, s->layout.rank, i, s->dim[i].n, &precision);

    if (line && !Varies(line, s->dim[i].n)) {
      free(line);
      line = NULL;
    }
    TakeLine(&s->dim[i], coordinate, name, line, s->dim[i].n, precision);
  }
}

/* A dataset beside the field that may hold coordinates: of a known axis, and of a size that fits. */
static void TakeCoordinate(FieldSource *s, hid_t group, const char name[])
{
  const hid_t coordinate         = H5Lexists(group, name, H5P_DEFAULT) > 0 ? H5Dopen2(group, name, H5P_DEFAULT) : H5I_INVALID_HID;
  hsize_t     size[H5S_MAX_RANK] = {0};
  int         rank, kind, same = 0;

  if (coordinate < 0) return;
  rank = SizesOf(coordinate, size);
  kind = FieldKindOf(coordinate, name);
  for (int i = 0; i < s->layout.rank && rank == s->layout.rank; i++) same += size[i] == s->dim[i].n;
  if (kind >= 0 && kind < FIELD_TIME && rank == 1) {
    const int d = DimensionOfList(s, coordinate, kind, size[0]);

    if (d >= 0 && (size[0] == s->dim[d].n || size[0] == s->dim[d].n + 1)) TakeList(&s->dim[d], coordinate, name, size[0]);
  } else if (kind >= 0 && kind < FIELD_TIME && rank > 1 && same == rank)
    TakeArray(s, coordinate, name);
  (void)H5Dclose(coordinate);
}

/* Those that the dataset names, separated by blanks. */
static void TakeNamed(FieldSource *s, hid_t group)
{
  char list[512], *rest;

  if (!FieldTextRead(s->dataset, "coordinates", list, sizeof list)) return;
  for (char *name = strtok_r(list, " ,", &rest); name; name = strtok_r(NULL, " ,", &rest)) TakeCoordinate(s, group, name);
}

static herr_t TakeSibling(hid_t group, const char name[], const H5L_info_t *info, void *context)
{
  FieldSource *s     = context;
  PetscBool    whole = PETSC_TRUE;

  for (int i = 0; i < s->layout.rank; i++) whole = (PetscBool)(whole && s->dim[i].centre);
  if (!whole && info->type == H5L_TYPE_HARD && FieldKindOf(H5I_INVALID_HID, name) >= 0) TakeCoordinate(s, group, name);
  return whole;
}

/* FieldDimensionsRead - what there is to know of the dimensions along the axes. To be freed by FieldDimensionsFree(). */
void FieldDimensionsRead(FieldSource *s)
{
  char  path[256] = "", *last;
  hid_t group;

  for (int i = 0; i < s->layout.rank; i++) {
    FieldDimension *dim = &s->dim[i];
    const unsigned  d   = (unsigned)(s->lead + i);

    *dim = (FieldDimension){.n = s->size[d], .kind = -1};
    (void)H5DSiterate_scales(s->dataset, d, NULL, TakeScale, dim);
    if (!dim->name[0] && H5DSget_label(s->dataset, d, dim->name, sizeof dim->name) > 0) dim->kind = FieldKindOf(H5I_INVALID_HID, dim->name);
  }
  (void)H5Iget_name(s->dataset, path, sizeof path - 1);
  last = strrchr(path, '/');
  if (last) last[last == path] = 0;
  group = H5Oopen(s->file->id, last ? path : "/", H5P_DEFAULT);
  if (group < 0) return;
  TakeNamed(s, group);
  (void)H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, TakeSibling, s);
  (void)H5Oclose(group);
}

void FieldDimensionsFree(FieldSource *s)
{
  for (int i = 0; i < 3; i++) {
    free(s->dim[i].centre);
    free(s->dim[i].face);
    s->dim[i].centre = s->dim[i].face = NULL;
  }
}
