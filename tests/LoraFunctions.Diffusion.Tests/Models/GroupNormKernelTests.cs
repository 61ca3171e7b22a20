using LoraFunctions.Diffusion.Models.Layers;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Models;

public sealed class GroupNormKernelTests
{
    [Theory]
    [InlineData(1, 32, 8, 8, 32, 0)]
    [InlineData(2, 20, 5, 7, 4, 3)]
    [InlineData(3, 6, 1, 1, 2, 0)]
    [InlineData(1, 9, 33, 2, 3, -50)]
    [InlineData(1, 64, 300, 300, 32, 10)]
    public void Run_AnyShape_IsAsExactAsTorchOverTheOtherLayout(int batch, int channels, int height, int width, int groups, double mean)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var image = Activations.ChannelsLast(Numbers.Normal(batch, channels, height, width).Plus(mean));
        var (weight, bias) = (Numbers.Normal(channels), Numbers.Normal(channels, 1).view(-1));
        var exact = nn.functional.group_norm(image.to(float64), groups, weight.to(float64), bias.to(float64), 1e-6);

        GroupNormKernel.CanRun(image).ShouldBeTrue();
        var plain = GroupNormKernel.Run(image, groups, weight, bias, 1e-6, silu: false);
        var activated = GroupNormKernel.Run(image, groups, weight, bias, 1e-6, silu: true);

        var torchs = Error(nn.functional.group_norm(image.contiguous(), groups, weight, bias, 1e-6), exact);
        Error(plain, exact).ShouldBeLessThan(Math.Max(2 * torchs, 5e-7));
        Error(activated, nn.functional.silu(exact)).ShouldBeLessThan(Math.Max(2 * torchs, 5e-7));
        plain.permute(0, 2, 3, 1).is_contiguous().ShouldBeTrue();
    }

    [Fact]
    public void CanRun_WhatItDoesNotKnow_IsRefused()
    {
        using var scope = NewDisposeScope();
        using (no_grad())
        {
            GroupNormKernel.CanRun(Numbers.Normal(1, 4, 5, 6)).ShouldBeFalse("the other layout");
            GroupNormKernel.CanRun(Activations.ChannelsLast(Numbers.Normal(1, 4, 5, 6)).to(float64)).ShouldBeFalse("another type");
            GroupNormKernel.CanRun(Numbers.Normal(4, 5)).ShouldBeFalse("no image");
        }

        GroupNormKernel.CanRun(Activations.ChannelsLast(Numbers.Normal(1, 4, 5, 6).requires_grad_()))
            .ShouldBeFalse("a gradient is recorded");
    }

    private static double Error(Tensor actual, Tensor exact) =>
        ((actual.to(float64) - exact).norm() / exact.norm().Clamped(1e-30, double.PositiveInfinity)).item<double>();
}
