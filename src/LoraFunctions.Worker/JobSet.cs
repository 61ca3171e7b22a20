using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Rendering;
using LoraFunctions.Jobs.Training;

namespace LoraFunctions.Worker;

/// <summary>What a worker can do.</summary>
public sealed record JobSet(
    IJob<LabellingRequest, LabellingResult> Labelling,
    IJob<TrainingRequest, TrainingResult> Training,
    IJob<RenderingRequest, RenderingResult> Rendering);
