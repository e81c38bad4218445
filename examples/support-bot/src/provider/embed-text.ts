import { hashText } from "./random.ts";
import { listStems } from "./words.ts";

/**
 * A vector of unit length in which texts with the same words lie close together: each word stem and each pair of
 * neighbours adds to two signed places chosen by hash.
 */
export function embedText(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const stems = listStems(text);
  stems.forEach((stem, index) => {
    addFeature(vector, stem, 1);
    addFeature(vector, `${stem} ${stems[index + 1] ?? ""}`, 0.5);
  });
  if (stems.length === 0) vector[0] = 1;
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

function addFeature(vector: Float32Array, feature: string, weight: number): void {
  for (const salt of ["a", "b"]) {
    const hash = hashText(feature, hashText(salt));
    const place = (hash >>> 1) % vector.length;
    vector[place] = (vector[place] ?? 0) + (hash % 2 === 0 ? weight : -weight);
  }
}
