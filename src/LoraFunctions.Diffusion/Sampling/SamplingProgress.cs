namespace LoraFunctions.Diffusion.Sampling;

/// <summary>After each step of each picture.</summary>
/// <param name="Step">Steps done of <paramref name="Steps"/>, from 1.</param>
/// <param name="Picture">The picture (or the first of the batch) being made, from 1, of <paramref name="Pictures"/>.</param>
public sealed record SamplingProgress(int Step, int Steps, int Picture = 1, int Pictures = 1);
