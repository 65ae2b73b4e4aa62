/* jko -inspect FILE: what a checkpoint or a density file holds, and whether it is sound. On one rank, without a grid: the file says all. */
#include <hdf5_hl.h>
#include <math.h>
#include <jko.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

#define INSPECT_CELLS 65536 /* read at once */

typedef struct {
  hid_t file;
  char  trouble[FIELD_MESSAGE]; /* the first */
} Inspection;

static void Complain(Inspection *look, const char what[], const char name[])
{
  if (!look->trouble[0]) (void)snprintf(look->trouble, sizeof look->trouble, "%s '%s'", what, name);
}

static void PrintText(const char name[], const char text[])
{
  (void)printf("%s:%s", name, strchr(text, '\n') ? "\n" : " ");
  for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
    (void)printf("%s%.*s\n", strchr(text, '\n') ? "  " : "", (int)strcspn(line, "\n"), line);
  if (!text[0]) (void)printf("\n");
}

/* An attribute of the root that a person can read: text, or up to 16 numbers. */
static herr_t PrintAttribute(hid_t object, const char name[], const H5A_info_t *info, void *context)
{
  const hid_t    attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  const hssize_t n          = H5Sget_simple_extent_npoints(space);
  double         number[16] = {0};

  (void)info;
  if (H5Tget_class(type) == H5T_STRING && !H5Tis_variable_str(type) && n == 1) {
    char *text = calloc(H5Tget_size(type) + 1, 1);

    if (text && H5Aread(attribute, type, text) >= 0)
      PrintText(name, text);
    else
      Complain(context, "cannot read the attribute", name);
    free(text);
  } else if (n >= 1 && n <= 16 && (H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER)) {
    if (H5Aread(attribute, H5T_NATIVE_DOUBLE, number) < 0) Complain(context, "cannot read the attribute", name);
    (void)printf("%s:", name);
    for (hssize_t i = 0; i < n; i++) (void)printf(" %.17g", number[i]);
    (void)printf("\n");
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  return 0;
}

/* What the values of a dataset come to. */
typedef struct {
  double    min, max, sum;
  long long empty, bad; /* cells that are -inf; that are nan or +inf */
} Values;

static void AddValues(Values *v, size_t n, const double a[])
{
  for (size_t i = 0; i < n; i++) {
    if (a[i] == -INFINITY)
      v->empty++;
    else if (!isfinite(a[i]))
      v->bad++;
    else {
      v->min = fmin(v->min, a[i]);
      v->max = fmax(v->max, a[i]);
      v->sum += a[i];
    }
  }
}

/* Reads a dataset by slabs of its slowest axis. */
static herr_t ReadValues(hid_t dataset, int rank, const hsize_t size[], Values *v)
{
  const hid_t space    = H5Dget_space(dataset);
  hsize_t     start[3] = {0}, width[3], row = 1;
  herr_t      status = 0;
  double     *a;

  for (int i = 1; i < rank; i++) row *= size[i];
  memcpy(width, size, sizeof width);
  width[0] = PetscMax(1, PetscMin(size[0], INSPECT_CELLS / PetscMax(row, 1)));
  a        = malloc((size_t)(width[0] * row) * sizeof *a);
  for (; a && start[0] < size[0] && status >= 0; start[0] += width[0]) {
    hid_t memory;

    width[0] = PetscMin(width[0], size[0] - start[0]);
    memory   = H5Screate_simple(rank, width, NULL);
    (void)H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, width, NULL);
    status = H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, a);
    if (status >= 0) AddValues(v, (size_t)(width[0] * row), a);
    (void)H5Sclose(memory);
  }
  free(a);
  (void)H5Sclose(space);
  return a ? status : -1;
}

static void InspectDataset(Inspection *look, hid_t dataset, const char name[])
{
  const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
  const int   rank               = H5Sget_simple_extent_ndims(space);
  hsize_t     size[H5S_MAX_RANK] = {0};
  Values      v                  = {.min = INFINITY, .max = -INFINITY};
  const int   logarithm          = !strncmp(name, "log_", 4);

  (void)H5Sget_simple_extent_dims(space, size, NULL);
  (void)printf("%s:", name);
  for (int i = 0; i < rank; i++) (void)printf("%s%llu", i ? " x " : " ", (unsigned long long)size[i]);
  if (rank < 1 || rank > 3 || (H5Tget_class(type) != H5T_FLOAT && H5Tget_class(type) != H5T_INTEGER))
    (void)printf(" values, not a field\n");
  else if (ReadValues(dataset, rank, size, &v) < 0) {
    (void)printf(" values, cannot be read\n");
    Complain(look, "cannot read the dataset", name);
  } else {
    (void)printf(" values from %.9g to %.9g, mean %.9g", v.min, v.max, v.sum / (double)H5Sget_simple_extent_npoints(space));
    (void)printf(v.empty ? ", %lld times -inf\n" : "\n", v.empty);
    if (v.bad || (v.empty && !logarithm)) Complain(look, "nan or infinite values in", name);
    if (!strncmp(name, "density", 7) && v.min < 0) Complain(look, "negative values in", name);
  }
  (void)H5Tclose(type);
  (void)H5Sclose(space);
}

/* An axis, or the time, which the attributes tell already. */
static PetscBool IsCoordinate(hid_t dataset)
{
  const hid_t space = H5Dget_space(dataset);
  const int   rank  = H5Sget_simple_extent_ndims(space);

  (void)H5Sclose(space);
  return (PetscBool)(rank == 0 || H5DSis_scale(dataset) > 0);
}

static herr_t InspectObject(hid_t group, const char name[], const H5L_info_t *info, void *context)
{
  const hid_t object = H5Oopen(group, name, H5P_DEFAULT);

  (void)info;
  if (object < 0)
    Complain(context, "cannot open", name);
  else if (H5Iget_type(object) == H5I_DATASET && !IsCoordinate(object))
    InspectDataset(context, object, name);
  if (object >= 0) (void)H5Oclose(object);
  return 0;
}

/* RunInspect - prints what is in a file, and last whether it is sound; 0 when it is, else 4 after a line on stderr. On one rank. */
int RunInspect(const char path[])
{
  Inspection look   = {.file = H5I_INVALID_HID};
  const int  sealed = FieldSealStep(path) >= 0;

  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  if (sealed) (void)FieldSealVerify(MPI_COMM_SELF, path, look.trouble);
  if (!look.trouble[0]) FieldFileLook(path, look.trouble);
  if (!look.trouble[0]) {
    look.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    (void)H5Aiterate2(look.file, H5_INDEX_NAME, H5_ITER_INC, NULL, PrintAttribute, &look);
    (void)H5Literate(look.file, H5_INDEX_NAME, H5_ITER_INC, NULL, InspectObject, &look);
    if (!sealed && H5Aexists(look.file, "potential_tau") > 0) Complain(&look, "is a checkpoint without its seal:", path);
    (void)H5Fclose(look.file);
  }
  (void)fflush(stdout);
  if (look.trouble[0])
    (void)fprintf(stderr, "jko: error: -inspect: '%s' %s\n", path, look.trouble);
  else
    (void)printf("%s\n",
                 sealed ? "sound: every byte is as it was written" : "readable; it carries no seal, so that a change would not show");
  return look.trouble[0] ? 4 : 0;
}
