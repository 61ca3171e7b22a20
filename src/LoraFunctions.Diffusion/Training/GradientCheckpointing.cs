using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// Gradient checkpointing (arXiv 1604.06174) as a <see cref="Models.BlockRunner"/>: the forward pass keeps a block's inputs only; the
/// backward pass computes its inside again. What the block draws (dropout) must be the same both times.
/// </summary>
internal sealed class GradientCheckpointing : IDisposable
{
    // Autograd reads the gradients a block returns after our code has left, on CUDA from a thread without a dispose scope.
    private readonly List<Tensor> _returned = [];
    private readonly Tensor _anchor = zeros(1).requires_grad_().DetachFromDisposeScope();

    public Tensor Run(Func<IReadOnlyList<Tensor>, Tensor> block, IReadOnlyList<Tensor> inputs)
    {
        if (!is_grad_enabled())
        {
            return block(inputs);
        }

        // The first blocks' inputs need no gradient, but the adapters inside do: the anchor makes autograd come by.
        var call = new Call(block, this);
        var output = Recomputed.apply([call, _anchor, .. inputs]);
        call.Inner?.Dispose();
        return output;
    }

    /// <summary>To be called after each backward pass.</summary>
    public void Clear()
    {
        lock (_returned)
        {
            _returned.ForEach(t => t.Dispose());
            _returned.Clear();
        }
    }

    public void Dispose()
    {
        Clear();
        _anchor.Dispose();
    }

    private sealed class Call(Func<IReadOnlyList<Tensor>, Tensor> block, GradientCheckpointing owner)
    {
        public Func<IReadOnlyList<Tensor>, Tensor> Block { get; } = block;

        public GradientCheckpointing Owner { get; } = owner;

        /// <summary>The output's first handle; autograd makes another one for the caller.</summary>
        public Tensor? Inner { get; set; }
    }

    private sealed class Recomputed : autograd.SingleTensorFunction<Recomputed>
    {
        public override string Name => nameof(GradientCheckpointing);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var call = (Call)vars[0];
            var inputs = vars.Skip(2).Cast<Tensor>().ToList();
            ctx.save_for_backward(inputs);
            ctx.save_data(nameof(Call), call);
            return call.Inner = call.Block(inputs);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            var call = (Call)ctx.get_data(nameof(Call));
            var inputs = ctx.get_saved_variables().Select(t => t.detach().requires_grad_(t.requires_grad)).ToArray();
            using (enable_grad())
            {
                var output = call.Block(inputs);
                if (output.requires_grad)
                {
                    autograd.backward([output], [grad_output]);
                }
            }

            var gradients = inputs.Select(i => i.requires_grad ? i.grad?.DetachFromDisposeScope() : null).ToList();
            lock (call.Owner._returned)
            {
                call.Owner._returned.AddRange(gradients.OfType<Tensor>());
                call.Owner._returned.Add(grad_output);
            }

            return [null!, null!, .. gradients.Select(g => g!)];
        }
    }
}
