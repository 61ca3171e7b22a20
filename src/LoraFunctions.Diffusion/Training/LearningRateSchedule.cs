namespace LoraFunctions.Diffusion.Training;

/// <summary>Learning-rate factors, the same as transformers' <c>get_scheduler</c>, which kohya's and diffusers' trainers use.</summary>
public static class LearningRateSchedule
{
    /// <summary>What the learning rate is multiplied by in a step.</summary>
    /// <param name="step">Counted from 0.</param>
    /// <param name="warmupSteps">Steps of a straight rise from 0; the first step of a warm-up has the factor 0.</param>
    /// <param name="totalSteps">Steps of the whole training.</param>
    public static double Factor(LearningRateScheduler scheduler, long step, long warmupSteps, long totalSteps)
    {
        if (step < warmupSteps)
        {
            return (double)step / Math.Max(1, warmupSteps);
        }

        var progress = (double)(step - warmupSteps) / Math.Max(1, totalSteps - warmupSteps);
        return scheduler switch
        {
            LearningRateScheduler.Cosine => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * progress))),
            LearningRateScheduler.Linear => Math.Max(0, 1 - progress),
            _ => 1,
        };
    }
}
