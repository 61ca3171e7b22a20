using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// Solvers of DPM-Solver++'s kin (Lu et al. 2022): exact in the linear part, in log sigma, on x0. Those of stochastic equations draw
/// independent noise: no Brownian tree.
/// </summary>
internal static class DpmSolvers
{
    /// <summary>DPM-Solver++(2M): multistep of order 2; WebUI's "DPM++ 2M".</summary>
    public static Tensor Multistep(SamplerStep step)
    {
        var (sigma, next, old) = (step.Sigma, step.Next, step.History);
        var clean = step.Clean();
        old.Push(clean, 2);
        if (old.Count > 1 && next > 0)
        {
            var ratio = Math.Log(step.Plan.Sigmas[step.Index - 1] / sigma) / Math.Log(sigma / next);
            clean = clean.Times(1 + 1 / (2 * ratio)) - old[1].Times(1 / (2 * ratio));
        }

        return Mix(step.X, clean, next / sigma);
    }

    /// <summary>DPM-Solver++(2M) as a stochastic equation (eta = 1, midpoint). One draw of noise, none where the next level is 0.</summary>
    public static Tensor MultistepSde(SamplerStep step)
    {
        var (sigma, next, old) = (step.Sigma, step.Next, step.History);
        var clean = step.Clean();
        if (next == 0)
        {
            return clean;
        }

        old.Push(clean, 2);
        var shrink = next / sigma * (next / sigma);
        var weight = 1 - shrink;
        var result = Mix(step.X, clean, shrink);
        if (old.Count > 1)
        {
            var ratio = Math.Log(step.Plan.Sigmas[step.Index - 1] / sigma) / Math.Log(sigma / next);
            result = result.Plus((clean - old[1]).Times(0.5 * weight / ratio));
        }

        return result.Plus(step.Noise().Times(next * Math.Sqrt(weight)));
    }

    /// <summary>Ancestral DPM-Solver++(2S). Two model calls and one draw of noise; one call and none where the next level is 0.</summary>
    public static Tensor SinglestepAncestral(SamplerStep step)
    {
        var (down, up) = EulerSamplers.Ancestral(step.Sigma, step.Next);
        var clean = step.Clean();
        if (down == 0)
        {
            return clean;
        }

        var middle = Math.Sqrt(step.Sigma * down);
        var cleanInside = step.CleanBetween(Mix(step.X, clean, middle / step.Sigma), middle);
        return EulerSamplers.WithNoise(step, Mix(step.X, cleanInside, down / step.Sigma), up);
    }

    /// <summary>
    /// DPM-Solver++ as a stochastic equation (eta = 1, r = 1/2). Two model calls and two draws of noise, the first before the second call;
    /// one call and none where the next level is 0.
    /// </summary>
    public static Tensor Sde(SamplerStep step)
    {
        var clean = step.Clean();
        if (step.Next == 0)
        {
            return clean;
        }

        var middle = Math.Sqrt(step.Sigma * step.Next);
        var cleanInside = step.CleanBetween(Descend(clean, middle), middle);
        return Descend(cleanInside, step.Next);

        Tensor Descend(Tensor x0, double to)
        {
            var (down, up) = EulerSamplers.Ancestral(step.Sigma, to);
            return Mix(step.X, x0, down / step.Sigma).Plus(step.Noise().Times(up));
        }
    }

    /// <summary>
    /// UniPC of order 2 (Zhao et al. 2023, B(h) = e^h - 1, diffusers' <c>bh2</c>): each model call first corrects the latents it was made
    /// for, then predicts the next. One model call; the last step is of order 1.
    /// </summary>
    public static Tensor UniPc(SamplerStep step)
    {
        // From the latest: corrected latents and x0 of step i - 1, corrected latents and x0 of step i - 2.
        var (old, x, clean) = (step.History, step.X, step.Clean());
        if (step.Index > 0)
        {
            x = Advance(step.Plan, step.Index - 1, old, clean);
        }

        old.Push(clean, 4);
        old.Push(x.alias(), 4);
        return Advance(step.Plan, step.Index, old, target: null);
    }

    /// <param name="target">The corrector's: x0 already known where the step leads.</param>
    private static Tensor Advance(SamplingPlan plan, int step, StepHistory old, Tensor? target)
    {
        var (sigma, next) = (plan.Sigmas[step], plan.Sigmas[step + 1]);
        var growth = next / sigma - 1;
        var (x, clean) = (old[0], old[1]);
        var result = x.Times(next / sigma) - clean.Times(growth);
        if (step == 0 || step == plan.Steps - 1)
        {
            return target is null ? result : result - (target - clean).Times(growth / 2);
        }

        var h = Math.Log(sigma / next);
        var ratio = Math.Log(sigma / plan.Sigmas[step - 1]) / h;
        var bend = (old[3] - clean).Over(ratio);
        if (target is null)
        {
            // The paper's simplified second order.
            return result - bend.Times(growth / 2);
        }

        // Weights that match the Taylor series: v + w = phi_2(-h) / B(h) and ratio v + w = 2 phi_3(-h) / B(h), each times h's power.
        var phi = growth / -h - 1;
        var (first, second) = (phi / growth, 2 * (phi / -h - 0.5) / growth);
        var weight = (first - second) / (1 - ratio);
        return result - bend.Times(growth * weight) - (target - clean).Times(growth * (first - weight));
    }

    /// <summary>The share of x that stays, the rest x0.</summary>
    private static Tensor Mix(Tensor x, Tensor clean, double share) => x.Times(share).Plus(clean.Times(1 - share));
}
