using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>
/// How a network runs one of its blocks. A network with a <c>BlockRunner? RunBlock</c> property calls it for every ResNet block and every
/// transformer; null runs the block straight. Training hangs gradient checkpointing here (the inside of the block is computed again in the
/// backward pass instead of being kept).
/// </summary>
/// <param name="block">Inputs to the block's one output; must be a pure function of them and of the network's weights.</param>
/// <param name="inputs">Hidden states first, then what the block also reads (time embedding, context).</param>
public delegate Tensor BlockRunner(Func<IReadOnlyList<Tensor>, Tensor> block, IReadOnlyList<Tensor> inputs);
