/* jko -inspect FILE: what a checkpoint or a density file holds, and whether it is sound. On one rank, without a grid: the file says all. */
#define _GNU_SOURCE /* strsep() */
#include <hdf5_hl.h>
#include <jko.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>
#include <jko/private/sysimpl.h>

#define INSPECT_TEXT 1048576 /* characters of an attribute that is printed */

typedef struct {
  hid_t file;
  char  trouble[FIELD_MESSAGE]; /* the first */
} Inspection;

static void Complain(Inspection *look, const char what[], const char name[])
{
  char visible[256];

  JKOMakeVisible(name, visible, sizeof visible);
  if (!look->trouble[0]) (void)snprintf(look->trouble, sizeof look->trouble, "%s '%s'", what, visible);
}

/* A text of the file, its lines apart; what a terminal would obey is made visible. */
static void PrintText(const char name[], const char text[])
{
  const size_t length  = 4 * (strlen(name) + strlen(text)) + 8;
  char        *visible = malloc(length), *line = strdup(text), *rest = line;

  if (!visible || !line) return;
  JKOMakeVisible(name, visible, length);
  (void)printf("%s:%s", visible, strchr(text, '\n') ? "\n" : " ");
  while (rest && (rest[0] || rest == line)) {
    char *one = strsep(&rest, "\n");

    JKOMakeVisible(one, visible, length);
    (void)printf("%s%s\n", strchr(text, '\n') ? "  " : "", visible);
  }
  free(line);
  free(visible);
}

/* An attribute that is one text; false where it is none, or longer than anybody reads. */
static PetscBool PrintTextAttribute(hid_t attribute, hid_t type, const char name[], Inspection *look)
{
  const PetscBool variable = (PetscBool)(H5Tis_variable_str(type) > 0);
  char           *text     = NULL;

  if (H5Tget_class(type) != H5T_STRING || H5Tget_size(type) > INSPECT_TEXT) return PETSC_FALSE;
  if (!variable) text = calloc(H5Tget_size(type) + 1, 1);
  if (H5Aread(attribute, type, variable ? (void *)&text : (void *)text) >= 0)
    PrintText(name, text ? text : "");
  else
    Complain(look, "cannot read the attribute", name);
  if (variable)
    (void)H5free_memory(text);
  else
    free(text);
  return PETSC_TRUE;
}

/* An attribute of the root that a person can read: text, or up to 16 numbers. */
static herr_t PrintAttribute(hid_t object, const char name[], const H5A_info_t *info, void *context)
{
  const hid_t    attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  const hssize_t n          = H5Sget_simple_extent_npoints(space);
  double         number[16] = {0};

  (void)info;
  if ((n != 1 || !PrintTextAttribute(attribute, type, name, context)) && n >= 1 && n <= 16 &&
      (H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER)) {
    char visible[256];

    if (H5Aread(attribute, H5T_NATIVE_DOUBLE, number) < 0) Complain(context, "cannot read the attribute", name);
    JKOMakeVisible(name, visible, sizeof visible);
    (void)printf("%s:", visible);
    for (hssize_t i = 0; i < n; i++) (void)printf(" %.17g", number[i]);
    (void)printf("\n");
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  return 0;
}

static void InspectDataset(Inspection *look, hid_t dataset, const char name[])
{
  const hid_t  space              = H5Dget_space(dataset);
  const int    rank               = H5Sget_simple_extent_ndims(space);
  hsize_t      size[H5S_MAX_RANK] = {0};
  char         visible[256];
  FieldSummary v;

  JKOMakeVisible(name, visible, sizeof visible);
  if (rank > 0) (void)H5Sget_simple_extent_dims(space, size, NULL);
  (void)H5Sclose(space);
  FieldSummarise(dataset, &v);
  (void)printf("%s:", visible);
  for (int i = 0; i < rank; i++) (void)printf("%s%llu", i ? " x " : " ", (unsigned long long)size[i]);
  if (!v.is_field)
    (void)printf(" values, not a field: %s\n", v.unread);
  else if (v.unread[0])
    (void)printf(" values, %s\n", v.unread);
  else {
    (void)printf(" values from %.9g to %.9g, mean %.9g", v.min, v.max, v.sum / (double)PetscMax(v.count, 1));
    if (v.empty) (void)printf(", %lld times -inf", v.empty);
    if (v.none) (void)printf(", %lld cells without a value", v.none);
    (void)printf("\n");
  }
  if (v.is_field) FieldDescribe(look->file, dataset);
  if (v.damaged) Complain(look, "cannot read the dataset", name);
  if (v.bad || (v.empty && strncmp(name, "log_", 4) != 0)) Complain(look, "nan or infinite values in", name);
  if (!strncmp(name, "density", 7) && v.min < 0) Complain(look, "negative values in", name);
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

  if (object < 0 && info->type == H5L_TYPE_HARD)
    Complain(context, "cannot open", name);
  else if (object >= 0 && H5Iget_type(object) == H5I_DATASET && !IsCoordinate(object))
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
    (void)H5Lvisit(look.file, H5_INDEX_NAME, H5_ITER_INC, InspectObject, &look);
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
