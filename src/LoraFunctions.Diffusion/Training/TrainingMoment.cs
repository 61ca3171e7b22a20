using LoraFunctions.Diffusion.Lora;

namespace LoraFunctions.Diffusion.Training;

/// <summary>The end of one model's epoch. While it is told, no adapter hangs on the base model, so it can render samples.</summary>
/// <param name="Epoch">Epochs finished.</param>
/// <param name="EpochsBefore">Epochs finished a step earlier: one less, or several where a step takes more than an epoch's batches.</param>
/// <param name="MeanLoss">Over the epoch's steps.</param>
/// <param name="Snapshot">Makes a copy of the weights as they are now, fp32; the caller disposes it.</param>
/// <param name="IsAgain">Training goes on from the end of this epoch: what an earlier attempt made of it may be there already.</param>
public sealed record TrainingMoment(
    string Model, int Epoch, int EpochsBefore, int TotalEpochs, long Step, double MeanLoss, Func<LoraWeights> Snapshot, bool IsAgain = false)
{
    /// <summary>Whether what is done once in so many epochs is done now.</summary>
    public bool IsDue(int everyEpochs) => Epoch / everyEpochs > EpochsBefore / everyEpochs;
}
