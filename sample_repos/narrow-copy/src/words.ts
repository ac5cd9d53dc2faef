export const words = ["only", "what", "was", "named"];
