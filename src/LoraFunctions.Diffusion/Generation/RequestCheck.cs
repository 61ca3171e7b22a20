using System.Globalization;
using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Sampling;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>Finds everything that is wrong with a request.</summary>
internal static class RequestCheck
{
    // Stable Diffusion 1.5's own, for requests that are checked before a model is there.
    private const int UsualPixelsPerLatent = 8;
    private const int UsualTextLayers = 12;

    /// <summary>What is wrong whatever the model.</summary>
    public static IReadOnlyList<string> Problems(TextToImageRequest request, IReadOnlyList<string> loras)
    {
        var problems = new List<string>();
        Collect(request, [request.Seed], loras, UsualPixelsPerLatent, UsualTextLayers, problems);
        return problems;
    }

    /// <summary>What is read otherwise than one might think, and strengths that distort.</summary>
    public static IEnumerable<string> Warnings(TextToImageRequest request)
    {
        var readings = Readings(request).ToList();
        return
        [
            .. readings.SelectMany(r => r.Reading.Warnings.Select(w => $"{r.Name}, {w}")),
            .. readings.SelectMany(r => r.Reading.Loras).Where(l => Strongest(l) >= 1).Select(l =>
                $"LoRA '{l.Name}' at {Text(Strongest(l))}: from 1 on pictures distort; 0.6 to 0.9 is usual."),
        ];

        static double Strongest(LoraTag lora) => Math.Max(lora.UnetStrength, lora.TextEncoderStrength);
    }

    /// <exception cref="GenerationRequestException">Anything is wrong.</exception>
    public static (Sampler Sampler, ReadPrompts Prompts) Check(
        TextToImageRequest request,
        IReadOnlyList<long> seeds,
        IReadOnlyList<LoraSelection> loras,
        int pixelsPerLatent,
        int textLayers)
    {
        var problems = new List<string>();
        var (sampler, prompts) = Collect(request, seeds, [.. loras.Select(l => l.Name)], pixelsPerLatent, textLayers, problems);
        return problems.Count == 0 ? (sampler!, prompts) : throw new GenerationRequestException(problems);
    }

    private static (Sampler? Sampler, ReadPrompts Prompts) Collect(
        TextToImageRequest request,
        IReadOnlyList<long> seeds,
        IReadOnlyList<string> loras,
        int pixelsPerLatent,
        int textLayers,
        List<string> problems)
    {
        var readings = Readings(request).ToList();
        problems.AddRange(readings.SelectMany(r => r.Reading.Problems.Select(p => $"{r.Name}, {p}")));
        var prompts = new ReadPrompts(readings[0].Reading, [.. readings.Skip(2).Select(r => r.Reading)], readings[1].Reading);
        problems.AddRange(LoraProblems(prompts.Loras, loras));
        problems.AddRange(CompositionProblems(request, prompts, pixelsPerLatent));
        problems.AddRange(SizeProblems("Width", request.Width, pixelsPerLatent));
        problems.AddRange(SizeProblems("Height", request.Height, pixelsPerLatent));
        Sampler? sampler = null;
        try
        {
            sampler = SamplerNames.Find(request.Sampler);
        }
        catch (UnknownSamplerException unknown)
        {
            problems.Add(unknown.Message);
        }

        var mostSteps = sampler?.MaximumSteps ?? NoiseSchedule.StableDiffusion.TrainTimesteps;
        if (request.Steps < 1 || request.Steps > mostSteps)
        {
            problems.Add($"Steps {request.Steps}: must be from 1 to {mostSteps}{(sampler is null ? "" : $" with {sampler.FullName}")}.");
        }

        if (!(request.GuidanceScale >= 1 && request.GuidanceScale <= TextToImageRequest.MaximumGuidanceScale))
        {
            var most = Text(TextToImageRequest.MaximumGuidanceScale);
            problems.Add($"Guidance scale {Text(request.GuidanceScale)}: must be from 1 (no guidance) to {most}.");
        }

        if (request.ClipSkip < 1 || request.ClipSkip > textLayers)
        {
            problems.Add($"Clip skip {request.ClipSkip}: must be from 1 (the text encoder's last layer) to {textLayers} (its first).");
        }

        if (seeds.Count == 0)
        {
            problems.Add("No seeds: give one for each picture.");
        }

        problems.AddRange(seeds.Where(seed => seed < 0).Select(seed =>
            $"Seed {seed}: must be 0 or more; a seed is never drawn at random, so that pictures can be made again."));
        problems.AddRange(StartProblems(request));
        problems.AddRange(SecondPassProblems(request, pixelsPerLatent));
        return (sampler, prompts);
    }

    /// <summary>The prompt, the negative prompt, then each region's.</summary>
    private static IEnumerable<(string Name, PromptReading Reading)> Readings(TextToImageRequest request)
    {
        yield return ("Prompt", PromptReading.Read(request.Prompt, request.Brackets));
        yield return ("Negative prompt", PromptReading.Read(request.NegativePrompt, request.Brackets, negative: true));
        foreach (var (i, prompt) in (request.Composition?.Prompts ?? []).Index())
        {
            yield return ($"Prompt of region {i + 1}", PromptReading.Read(prompt, request.Brackets));
        }
    }

    private static IEnumerable<string> CompositionProblems(TextToImageRequest request, ReadPrompts prompts, int pixelsPerLatent)
    {
        if (request.Composition is not { } composition)
        {
            yield break;
        }

        var count = composition.Prompts.Count;
        if (count is < 1 or > Composition.MaximumRegions)
        {
            yield return $"{count} regions: give 1 to {Composition.MaximumRegions} prompts.";
        }
        else
        {
            var side = composition.Layout == CompositionLayout.SideBySide ? request.Width : request.Height;
            var least = count * Composition.LeastCells * pixelsPerLatent;
            if (count > 1 && side < least)
            {
                yield return $"{side} pixels for {count} regions: each needs {Composition.LeastCells * pixelsPerLatent}, so {least} in all.";
            }
        }

        if (composition.Method != CompositionMethod.Merge && prompts.Scene.Loras.Count > 0)
        {
            yield return $"Prompt: <lora:{prompts.Scene.Loras[0].Name}> would reach every region, where LoRAs of several subjects bleed into each "
                + "other; move it to its region's prompt, or choose the method merge.";
        }

        if (composition.Method == CompositionMethod.Attention && new[] { prompts.Scene }.Concat(prompts.Regions).Any(p => p.Parts.Count > 1))
        {
            yield return "AND adds up predictions, of which the method attention makes only one; write a comma, or choose the method halves.";
        }

        if (composition.Repair is { } repair && (repair < 0 || repair >= count))
        {
            yield return $"Repair of region {repair + 1}: there are {count}.";
        }

        if (composition.Scene is var s && new[] { s.Lead, s.LeadSteps, s.Seam, s.Last }.Any(share => !(share is >= 0 and <= 1)))
        {
            yield return $"The scene's shares {s}: each must be from 0 to 1.";
        }
    }

    private static IEnumerable<string> LoraProblems(IReadOnlyList<LoraTag> tags, IReadOnlyList<string> names)
    {
        foreach (var twice in names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            yield return $"LoRA '{twice.Key}' was given {twice.Count()} times; give each LoRA a name of its own.";
        }

        foreach (var tag in tags.Where(t => !names.Contains(t.Name, StringComparer.Ordinal)))
        {
            var known = names.Count == 0 ? "none were given" : $"given are {string.Join(", ", names)}";
            yield return $"Prompt: <lora:{tag.Name}> names a LoRA that was not given; {known}.";
        }
    }

    private static IEnumerable<string> SizeProblems(string side, int pixels, int multiple)
    {
        if (pixels < TextToImageRequest.MinimumSize || pixels > TextToImageRequest.MaximumSize)
        {
            yield return $"{side} {pixels}: must be from {TextToImageRequest.MinimumSize} to {TextToImageRequest.MaximumSize} pixels.";
        }
        else if (pixels % multiple != 0)
        {
            var below = pixels / multiple * multiple;
            yield return $"{side} {pixels}: must be a multiple of {multiple}; the nearest are {below} and {below + multiple}.";
        }
    }

    private static IEnumerable<string> StartProblems(TextToImageRequest request)
    {
        if (request.StartFrom is not { } start)
        {
            yield break;
        }

        var bytes = 3L * request.Width * request.Height;
        if (start.Rgb.Length != bytes)
        {
            yield return $"The starting picture has {start.Rgb.Length} bytes; {request.Width}x{request.Height} pixels of three bytes are "
                + $"{bytes}. Resize it to the size asked for.";
        }

        if (!(start.Strength >= 0 && start.Strength <= 1))
        {
            yield return $"Strength {Text(start.Strength)}: must be from 0 (the starting picture as it is) to 1 (all steps).";
        }
        else if (start.Strength > 0 && (int)(request.Steps * start.Strength) == 0)
        {
            yield return $"Strength {Text(start.Strength)} of {request.Steps} steps is less than one step; raise either, or give "
                + "strength 0 to keep the picture.";
        }
    }

    private static IEnumerable<string> SecondPassProblems(TextToImageRequest request, int multiple)
    {
        if (request.SecondPass is not { } second)
        {
            return [];
        }

        return
        [
            .. SizeProblems("Final width", second.Width, multiple),
            .. SizeProblems("Final height", second.Height, multiple),
            .. second.Width < request.Width || second.Height < request.Height
                ? [$"Final size {second.Width}x{second.Height}: is smaller than the first pass's {request.Width}x{request.Height}; give at least that, or no final size."]
                : (IEnumerable<string>)[],
            .. !(second.Strength > 0 && second.Strength <= 1) || (int)(request.Steps * second.Strength) == 0
                ? [$"Strength {Text(second.Strength)} of the second pass: must be above 0, up to 1, and make at least one of {request.Steps} steps."]
                : (IEnumerable<string>)[],
        ];
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
