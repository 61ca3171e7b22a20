using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Jobs.Models;

namespace LoraFunctions.Jobs.Rendering;

/// <summary>One prompt to one marked picture.</summary>
public sealed class PictureJob : IJob<PictureRequest, RenderedPicture>
{
    /// <inheritdoc/>
    /// <exception cref="InvalidJobInputException">The request, a LoRA or the base model is wrong; nothing is written.</exception>
    public RenderedPicture Run(
        PictureRequest request,
        IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var problems = new Problems();
        if (PictureRenderer.NameProblem(request.OutputPath) is { } wrongName)
        {
            problems.Add(wrongName);
        }

        string[] prompts = [request.Picture.Prompt, .. request.Picture.Composition?.Prompts ?? []];
        var (all, names) = LoraFolder.Complete(request.Loras, request.LoraFolder, prompts, problems);
        using var loras = LoraSet.Load(all, problems);
        var named = prompts.SelectMany(p => PromptTags.Extract(p).Loras).ToList();
        foreach (var lora in request.Loras.Where(l => named.All(tag => tag.Name != l.Name)))
        {
            problems.Add(
                $"The prompt does not name the LoRA '{lora.Name}', so it would have no effect; write <lora:{lora.Name}:0.8> into it.");
        }

        request.Picture.Problems(names).ToList().ForEach(problems.Add);
        BaseModels.Check(request.BaseModel, problems);
        problems.ThrowIfAny();
        WholeFile.ThrowIfUnwritable(request.OutputPath);
        using var renderer = new PictureRenderer(request.BaseModel, loras, progress, request.Picture.AllSteps);
        return renderer.Render(request.Picture, request.OutputPath, cancellationToken);
    }
}
