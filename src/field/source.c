/* A dataset of somebody's file that is to become a field: the record that is meant, what its numbers say, its values on this rank.

   Sizes, names and coordinates are those of the grid; FieldSourceOpen() leaves that open for what is interpolated. */
#include <math.h>
#include "source.h"

/* FieldFindStranger - the compression that HDF5 here does not have, or "". Filters that are not known here carry the name that their writer
   gave. Not collective. */
void FieldFindStranger(hid_t dataset, char name[], size_t length)
{
  const hid_t plan = H5Dget_create_plist(dataset);

  name[0] = 0;
  for (int i = 0; i < H5Pget_nfilters(plan) && !name[0]; i++) {
    char               called[FIELD_NAME] = "";
    unsigned           flags, settings;
    size_t             values = 0;
    const H5Z_filter_t id     = H5Pget_filter2(plan, (unsigned)i, &flags, &values, NULL, sizeof called, called, &settings);

    if (H5Zfilter_avail(id) > 0) continue;
    (void)snprintf(name, length, "%s%snumber %d", called, called[0] ? ", " : "", (int)id);
  }
  (void)H5Pclose(plan);
}

/* The dimension before the axes that a record is taken of: the only one longer than 1, or the first; -1 for several. */
static int RecordDimension(const FieldSource *s)
{
  int found = 0, longer = 0;

  for (int d = 0; d < s->lead; d++)
    if (s->size[d] != 1) {
      found = d;
      longer++;
    }
  return longer > 1 ? -1 : found;
}

/* The name of a dimension before the axes, "" where it has none. */
static void NameOf(const FieldSource *s, int d, char name[])
{
  FieldSource one = *s;

  memset(one.dim, 0, sizeof one.dim);
  one.layout.rank = 1;
  one.lead        = d;
  FieldDimensionsRead(&one);
  FieldDimensionsFree(&one);
  (void)snprintf(name, FIELD_NAME, "%s", one.dim[0].name);
}

/* Takes the record that is asked for, "3" or "time=3", or the only one. */
static PetscErrorCode ChooseRecord(FieldSource *s, const char asked[])
{
  const char     *equals = strchr(asked, '='), *number = equals ? equals + 1 : asked;
  const int       d                = RecordDimension(s);
  const long long n                = d >= 0 && s->lead ? (long long)s->size[d] : 0;
  long long       record           = 0;
  char            name[FIELD_NAME] = "", *end = NULL;
  PetscBool       other;

  PetscFunctionBegin;
  if (s->lead && d >= 0) NameOf(s, d, name);
  PetscCall(FieldFileFail(s->file, (PetscBool)(asked[0] && !s->lead), "has no records in dataset '%s': leave ':%s' out", s->name, asked));
  PetscCall(FieldFileFail(s->file, (PetscBool)(d < 0),
                          "has several dimensions before those of the grid in dataset '%s'; take one field out of it", s->name));
  if (s->file->failure[0] || !s->lead) PetscFunctionReturn(PETSC_SUCCESS);
  if (asked[0]) record = strtoll(number, &end, 10);
  other = (PetscBool)(equals && (strlen(name) != (size_t)(equals - asked) || strncasecmp(asked, name, (size_t)(equals - asked)) != 0) &&
                      (name[0] || strncasecmp(asked, "time=", 5) != 0));
  PetscCall(FieldFileFail(s->file, other, "has records along '%s' in dataset '%s', not along '%.*s'", name[0] ? name : "time", s->name,
                          equals ? (int)(equals - asked) : 0, asked));
  PetscCall(FieldFileFail(s->file, (PetscBool)(!asked[0] && n != 1),
                          "has %lld records in dataset '%s', from 0 to %lld: name one, as in '%s:%s:0'", n, s->name, n - 1, s->file->path,
                          s->name));
  PetscCall(FieldFileFail(s->file, (PetscBool)(record < 0 || record >= n), "has no record %s in dataset '%s'; they are from 0 to %lld",
                          number, s->name, n - 1));
  s->record[d] = (hsize_t)record;
  PetscFunctionReturn(PETSC_SUCCESS);
}

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

/* Fails the file where the dataset does not end with the sizes of the grid, or, where `any` will do, with as many. */
static PetscErrorCode MatchSizes(FieldSource *s, PetscBool any)
{
  const FieldLayout *layout = &s->layout;
  char               has[256], wants[64], cure[FIELD_MESSAGE / 4];
  PetscBool          same = (PetscBool)(s->lead >= 0);

  PetscFunctionBegin;
  PetscCall(FieldInterpolateCure(s->file, cure, sizeof cure));
  PetscCall(DescribeSizes(s->rank, s->size, NULL, has, sizeof has));
  PetscCall(DescribeSizes(layout->rank, layout->size, layout->axis, wants, sizeof wants));
  for (int i = 0; i < layout->rank && same; i++)
    same = (PetscBool)(any ? s->size[s->lead + i] > 0 : s->size[s->lead + i] == layout->size[i]);
  PetscCall(FieldFileFail(s->file, (PetscBool)!same, "has %s values in dataset '%s', the grid has %s%s", s->rank ? has : "1", s->name,
                          wants, s->lead >= 0 ? cure : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the dataset holds numbers that can be read at all. */
static PetscErrorCode CheckNumbers(FieldSource *s)
{
  const char *trouble = FieldMeaningRead(s->dataset, &s->meaning);
  char        filter[FIELD_FILTER];

  PetscFunctionBegin;
  FieldFindStranger(s->dataset, filter, sizeof filter);
  PetscCall(FieldFileFail(s->file, (PetscBool)(trouble[0] != 0), "%s in dataset '%s'", trouble, s->name));
  PetscCall(FieldFileFail(s->file, (PetscBool)(filter[0] != 0),
                          "is packed by a filter that this HDF5 does not have (%s) in dataset '%s'; write it with gzip or with none",
                          filter, s->name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldSourceOpen - a dataset as a field of the grid of the file; `any`: of other sizes perhaps. `record` is "", "3" or "time=3". After a
   failure there is nothing to read. Collective, as are all below. */
PetscErrorCode FieldSourceOpen(FieldFile file, const char name[], const char record[], PetscBool any, FieldSource *s)
{
  hid_t space;

  PetscFunctionBegin;
  memset(s, 0, sizeof *s);
  s->file    = file;
  s->dataset = H5I_INVALID_HID;
  if (file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscStrncpy(s->name, name, sizeof s->name));
  PetscCall(FieldGetLayout(file->grid, &s->layout));
  s->dataset = H5Dopen2(file->id, name, H5P_DEFAULT);
  PetscCall(FieldFileFail(file, (PetscBool)(s->dataset < 0), "holds no readable dataset '%s'", name));
  if (file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  space   = H5Dget_space(s->dataset);
  s->rank = PetscMax(H5Sget_simple_extent_ndims(space), 0);
  s->lead = s->rank - s->layout.rank;
  if (s->rank) (void)H5Sget_simple_extent_dims(space, s->size, NULL);
  (void)H5Sclose(space);
  PetscCall(CheckNumbers(s));
  if (s->lead >= 0) FieldDimensionsRead(s);
  if (s->lead >= 0) PetscCall(FieldSourceMatchNames(s));
  PetscCall(MatchSizes(s, any));
  PetscCall(FieldFileFail(file, (PetscBool)(H5Dget_storage_size(s->dataset) == 0), "has a dataset '%s' that was never written", name));
  PetscCall(ChooseRecord(s, record));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode FieldSourceClose(FieldSource *s)
{
  PetscFunctionBegin;
  FieldDimensionsFree(s);
  if (s->dataset >= 0) (void)H5Dclose(s->dataset);
  s->dataset = H5I_INVALID_HID;
  PetscFunctionReturn(PETSC_SUCCESS);
}
