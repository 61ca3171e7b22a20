using LoraFunctions.Diffusion.Models;
using LoraFunctions.Showroom.SmallModels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>Both towers with their projections, under the names of CLIP's file.</summary>
internal sealed class ClipTowers : nn.Module
{
    private const int Projection = 64;
    private readonly ClipTextModel text;
    private readonly ClipVisionModel vision;
    private readonly Parameter text_projection;
    private readonly Parameter visual_projection;
    private readonly Parameter logit_scale;

    public ClipTowers(ParameterSource source, ClipVisionConfig visionConfig)
        : base(nameof(ClipTowers))
    {
        var config = new ClipTextConfig
        {
            VocabSize = SmallVocabulary.Shared.Count,
            HiddenSize = 64,
            IntermediateSize = 128,
            NumHiddenLayers = 1,
            NumAttentionHeads = 4,
        };
        text = new ClipTextModel(config, source);
        vision = new ClipVisionModel(visionConfig, source);
        text_projection = new Parameter(source.Create("text_projection.weight", [Projection, config.HiddenSize], ParameterKind.LinearWeight));
        visual_projection = new Parameter(source.Create("visual_projection.weight", [Projection, visionConfig.HiddenSize], ParameterKind.LinearWeight));

        // Begins at one; what follows is learnt.
        logit_scale = new Parameter(source.Create("logit_scale", [1], ParameterKind.NormWeight));
        RegisterComponents();
    }

    public ClipTextModel Text => text;

    public ClipVisionModel Vision => vision;

    public Tensor TextProjection => text_projection;

    public Tensor VisualProjection => visual_projection;

    public Tensor LogitScale => logit_scale;
}
