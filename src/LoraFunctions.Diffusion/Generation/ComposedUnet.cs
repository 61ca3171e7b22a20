using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Models.Layers;
using LoraFunctions.Diffusion.Prompts;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>A prompt and the adapters that it is computed with; null: all.</summary>
internal sealed record RowPrompt(IReadOnlyList<EncodedPrompt> Prompts, IReadOnlyList<int>? Adapters = null)
{
    /// <summary>Where in one pass each of the prompts is attended to, [1, 1, H/8, W/8], summing to one; null: each is a pass of its own (AND).</summary>
    public IReadOnlyList<Tensor>? Masks { get; init; }
}

/// <summary>One guided prediction: u + scale * sum of w_i (c_i - u) on a window of the latents.</summary>
/// <param name="Share">[1, 1, H/8, W/8] of the whole picture, how much it counts; null: alone and everywhere.</param>
internal sealed record GuidedRow(RowPrompt Positive, RowPrompt Negative, Window? Window = null, Tensor? Share = null);

/// <summary>
/// The UNet under classifier-free guidance, for one prompt or several that share a picture: every row runs on its window with its own
/// adapters, and their predictions add up by their shares. Rows of one size and prompt length are one batch; equal ones are computed once.
/// Does not own its tensors.
/// </summary>
/// <param name="network">Null when no adapter is attached.</param>
/// <param name="rows">Those of a step (from 1).</param>
internal sealed class ComposedUnet(UNet2DConditionModel unet, LoraNetwork? network, Func<int, IReadOnlyList<GuidedRow>> rows, double scale)
{
    /// <summary>From 1: which texts of a prompt's schedule are shown, and which rows.</summary>
    public int Step { get; set; } = 1;

    /// <summary>Noise or velocity for latents [1, 4, H/8, W/8]; owned by the caller's dispose scope.</summary>
    public Tensor Predict(Tensor latents, double timestep)
    {
        using var scope = NewDisposeScope();
        var guided = rows(Step);
        var asked = guided.Select(Calls).ToList();
        var calls = asked.SelectMany(a => a).Select(a => a.Call).Distinct().ToList();
        var results = new Dictionary<Call, Tensor>();
        var time = tensor([(float)timestep], device: latents.device);
        foreach (var batch in calls.GroupBy(c => (c.Context.shape[1], c.Window?.Height, c.Window?.Width, c.Parts)))
        {
            Run(latents, time, [.. batch], results);
        }

        Tensor? sum = null;
        foreach (var (row, called) in guided.Zip(asked))
        {
            var result = Guided(called, results);
            if (row.Share is null)
            {
                return result.MoveToOuterDisposeScope();
            }

            sum ??= zeros_like(latents);
            var window = row.Window ?? new Window(0, 0, latents.shape[2], latents.shape[3]);
            using var share = window.Of(row.Share);
            using var part = window.Of(sum);
            part.PlusInPlace(result.mul(share));
        }

        return sum!.MoveToOuterDisposeScope();
    }

    /// <param name="calls">The negative prompt's first, or one that stands alone.</param>
    private Tensor Guided(List<(Call Call, double Weight)> calls, Dictionary<Call, Tensor> results)
    {
        var first = results[calls[0].Call];
        var result = first;
        foreach (var (call, weight) in calls.Skip(1))
        {
            result = result.Plus((results[call] - first).Times(scale * weight));
        }

        return result;
    }

    /// <summary>The negative prompt's first, where it counts, then the positive ones with what AND gives them.</summary>
    private List<(Call Call, double Weight)> Calls(GuidedRow row)
    {
        var contexts = row.Positive.Prompts.Select(p => p.At(Step)).ToList();
        var positive = row.Positive.Masks is { } masks
            ? [(Call.Of(cat(contexts, 1), row.Positive.Adapters, row.Window) with { Parts = new ContextParts([.. contexts.Select(c => c.shape[1]).Zip(masks)]) }, 1.0)]
            : contexts.Zip(row.Positive.Prompts, (context, p) => (Call.Of(context, row.Positive.Adapters, row.Window), p.Weight)).ToList();
        return scale == 1 && positive is [(_, 1)]
            ? positive
            : [(Call.Of(row.Negative.Prompts[0].At(Step), row.Negative.Adapters, row.Window), 0), .. positive];
    }

    private void Run(Tensor latents, Tensor time, List<Call> batch, Dictionary<Call, Tensor> results)
    {
        // Rows with the same adapters side by side are one product of the low-rank pairs.
        batch = [.. batch.OrderBy(c => c.Adapters ?? "", StringComparer.Ordinal)];
        if (network is not null)
        {
            network.UnetRows = batch.All(c => c.Adapters is null) ? null : LoraRows.Of([.. batch.Select(c => c.AdapterList)]);
        }

        Tensor[] inputs = [.. batch.Select(c => c.Window is { } window ? window.Of(latents) : latents)];
        var output = Forward(cat(inputs, 0), time, cat([.. batch.Select(c => c.Context)], 0), batch[0].Parts);
        foreach (var (call, row) in batch.Zip(output.chunk(batch.Count, 0)))
        {
            results[call] = row;
        }
    }

    private Tensor Forward(Tensor inputs, Tensor time, Tensor contexts, ContextParts? parts)
    {
        if (parts is null)
        {
            return unet.forward(inputs, time, contexts);
        }

        unet.ContextParts = parts;
        try
        {
            return unet.forward(inputs, time, contexts);
        }
        finally
        {
            unet.ContextParts = null;
        }
    }

    /// <summary>What the UNet is asked; equal calls are one.</summary>
    /// <param name="Adapters">Indices, joined to compare; null: all.</param>
    private sealed record Call(Tensor Context, string? Adapters, Window? Window)
    {
        public IReadOnlyList<int> AdapterList { get; private init; } = [];

        public ContextParts? Parts { get; init; }

        public static Call Of(Tensor context, IReadOnlyList<int>? adapters, Window? window) =>
            new(context, adapters is null ? null : string.Join(',', adapters), window) { AdapterList = adapters ?? [] };

        public bool Equals(Call? other) =>
            other is not null && ReferenceEquals(Context, other.Context) && Adapters == other.Adapters && Window == other.Window;

        public override int GetHashCode() => HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Context), Adapters, Window);
    }
}
