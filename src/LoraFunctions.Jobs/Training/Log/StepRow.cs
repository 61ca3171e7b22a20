namespace LoraFunctions.Jobs.Training.Log;

/// <summary>One optimizer step in the log.</summary>
internal sealed record StepRow(int Step, int Epoch, double Loss, double LearningRate, double GradientNorm);
