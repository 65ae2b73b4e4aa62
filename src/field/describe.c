/* What a dataset of any file holds, for people: without a grid, on one rank, in little memory. */
#include <math.h>
#include <jko/private/sysimpl.h>
#include "source.h"

static void AddValues(FieldSummary *v, const FieldMeaning *m, size_t n, const double a[])
{
  for (size_t i = 0; i < n; i++) {
    const double x = FieldMeaningValue(m, a[i]);

    if (FieldMeaningIsNone(m, a[i]))
      v->none++;
    else if (x == -INFINITY)
      v->empty++;
    else if (!isfinite(x))
      v->bad++;
    else {
      v->min = fmin(v->min, x);
      v->max = fmax(v->max, x);
      v->sum += x;
      v->count++;
    }
  }
}

/* FieldSummarise - goes through the values of a dataset; v->unread says why it could not. Not collective, as is the next. */
void FieldSummarise(hid_t dataset, FieldSummary *v)
{
  FieldMeaning m;
  FieldBlocks  blocks = {0};
  int          more   = -1;
  char         filter[FIELD_FILTER];

  *v = (FieldSummary){.min = INFINITY, .max = -INFINITY};
  (void)snprintf(v->unread, sizeof v->unread, "%s", FieldMeaningRead(dataset, &m));
  v->is_field = (PetscBool)!v->unread[0];
  FieldFindStranger(dataset, filter, sizeof filter);
  if (!v->unread[0] && filter[0]) (void)snprintf(v->unread, sizeof v->unread, "packed by a filter that is not here (%s)", filter);
  if (!v->unread[0]) (void)snprintf(v->unread, sizeof v->unread, "%s", FieldBlocksBegin(&blocks, dataset));
  while (!v->unread[0] && (more = FieldBlocksNext(&blocks, dataset)) > 0) AddValues(v, &m, blocks.count, blocks.value);
  v->damaged = (PetscBool)(filter[0] || (!v->unread[0] && more < 0));
  if (!v->unread[0] && more < 0) (void)snprintf(v->unread, sizeof v->unread, "cannot be read");
  free(blocks.value);
}

static void DescribeDimension(const FieldDimension *dim, char axis)
{
  char          name[4 * FIELD_NAME], units[4 * FIELD_NAME];
  const double *centre = dim->centre, *face = dim->face;
  const double  h     = centre && dim->n > 1 ? (centre[dim->n - 1] - centre[0]) / (double)(dim->n - 1) : 0;
  const double  first = face     ? face[0]
                        : centre ? centre[0] - 0.5 * h
                                 : 0,
               last   = face     ? face[dim->n]
                        : centre ? centre[dim->n - 1] + 0.5 * h
                                 : 0;

  JKOMakeVisible(dim->name, name, sizeof name);
  JKOMakeVisible(dim->units, units, sizeof units);
  (void)printf("  %c%s%s%s: %llu cells", axis, name[0] ? " (" : "", name, name[0] ? ")" : "", (unsigned long long)dim->n);
  if (centre) (void)printf(", centres from %.9g to %.9g", centre[0], centre[dim->n - 1]);
  if (first != last) (void)printf(", box from %.9g to %.9g", first, last);
  (void)printf("%s%s\n", units[0] && strcmp(units, "1") != 0 ? ", units " : "", strcmp(units, "1") != 0 ? units : "");
}

/* FieldDescribe - prints a line for each dimension, and what the attributes say of the numbers. */
void FieldDescribe(hid_t file, hid_t dataset)
{
  struct _n_FieldFile only  = {.id = file};
  FieldSource         s     = {.file = &only, .dataset = dataset};
  const hid_t         space = H5Dget_space(dataset);
  char                text[FIELD_NAME], visible[4 * FIELD_NAME];
  double              number[FIELD_FILLS];

  s.rank        = PetscMax(H5Sget_simple_extent_ndims(space), 0);
  s.layout.rank = PetscMin(s.rank, 3);
  s.lead        = s.rank - s.layout.rank;
  if (s.rank) (void)H5Sget_simple_extent_dims(space, s.size, NULL);
  (void)H5Sclose(space);
  for (int i = 0; i < s.layout.rank; i++) s.layout.axis[i] = "xyz"[s.layout.rank - 1 - i];
  FieldDimensionsRead(&s);
  for (int i = 0; i < s.layout.rank; i++) DescribeDimension(&s.dim[i], s.dim[i].kind >= 0 ? "xyzt"[s.dim[i].kind] : s.layout.axis[i]);
  FieldDimensionsFree(&s);
  if (FieldTextRead(dataset, "units", text, sizeof text) && strcmp(text, "1") != 0) {
    JKOMakeVisible(text, visible, sizeof visible);
    (void)printf("  units: %s\n", visible);
  }
  for (const char *const *name =
           (const char *const[]){"_FillValue", "missing_value", "scale_factor", "add_offset", "valid_min", "valid_max", NULL};
       *name; name++)
    if (FieldNumbersRead(dataset, *name, FIELD_FILLS, number) > 0) (void)printf("  %s: %.9g\n", *name, number[0]);
}
