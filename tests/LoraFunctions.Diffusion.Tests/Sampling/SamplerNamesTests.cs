using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Sampling;

public sealed class SamplerNamesTests
{
    [Theory]
    [InlineData("Euler", "Euler", "Uniform", typeof(EulerSampler))]
    [InlineData("euler A", "Euler a", "Uniform", typeof(EulerAncestralSampler))]
    [InlineData(" DPM++ 2M Karras ", "DPM++ 2M", "Karras", typeof(DpmPlusPlus2MSampler))]
    [InlineData("DPM++ SDE Exponential", "DPM++ SDE", "Exponential", typeof(DpmPlusPlusSdeSampler))]
    [InlineData("DDIM", "DDIM", null, typeof(DdimSampler))]
    [InlineData("PLMS", "PLMS", null, typeof(PndmSampler))]
    [InlineData("UniPC", "UniPC", null, typeof(UniPcSampler))]
    [InlineData("LCM", "LCM", null, typeof(LcmSampler))]
    public void Find_KnownName_GivesSamplerAndSchedule(string given, string name, string? schedule, Type type)
    {
        var choice = SamplerNames.Find(given);
        (choice.Name, choice.ScheduleType).ShouldBe((name, schedule));
        choice.Sampler.ShouldBeOfType(type);
    }

    [Fact]
    public void Find_EveryListedName_ReturnsItself()
    {
        SamplerNames.All.ShouldContain(SamplerNames.Default);
        SamplerNames.All.ShouldBeUnique();
        SamplerNames.All.ShouldAllBe(name => SamplerNames.Find(name).FullName == name);
    }

    [Theory]
    [InlineData("Eulr", "Euler")]
    [InlineData("DPM++ 2M Karas", "DPM++ 2M Karras")]
    [InlineData("dpmpp 2m karras", "DPM++ 2M Karras")]
    [InlineData("ddim2", "DDIM")]
    public void Find_UnknownName_NamesTheNearestAndAllOthers(string given, string nearest)
    {
        var fault = Should.Throw<UnknownSamplerException>(() => SamplerNames.Find(given));
        fault.NearestName.ShouldBe(nearest);
        fault.Message.ShouldContain($"'{given}'");
        fault.Message.ShouldContain($"nearest is '{nearest}'");
        SamplerNames.All.ShouldAllBe(name => fault.Message.Contains(name));
        fault.Message.ShouldNotContain("\n");
    }

    [Fact]
    public void KarrasNoiseLevels_OfTwentySteps_AreThePublishedOnes()
    {
        var plan = (SigmaPlan)SamplerNames.Find("Euler Karras").Sampler.Plan(NoiseSchedule.StableDiffusion, 20);
        double[] expected = [14.6146, 11.7254, 9.3402, 7.3836, 5.7894, 4.4998, 3.4647];
        plan.Sigmas.Take(7).Zip(expected).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-4);
        plan.Sigmas[^3].ShouldBe(0.0485, 1e-4);
        plan.Sigmas[^2].ShouldBe(0.0292, 1e-4);
        plan.Sigmas[^1].ShouldBe(0);
    }

    [Fact]
    public void Dpm2_AsInWebUi_LeavesOutTheNextToLastLevel()
    {
        var dpm2 = (SigmaPlan)SamplerNames.Find("DPM2 Karras").Sampler.Plan(NoiseSchedule.StableDiffusion, 20);
        var euler = (SigmaPlan)SamplerNames.Find("Euler Karras").Sampler.Plan(NoiseSchedule.StableDiffusion, 21);
        dpm2.Sigmas.ShouldBe([.. euler.Sigmas.Take(20), 0]);
    }
}
